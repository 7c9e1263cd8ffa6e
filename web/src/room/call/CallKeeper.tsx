import { useEffect } from "react";

import { useRoom } from "../context";
import { Consent } from "./Consent";
import { PreJoin } from "./PreJoin";
import { useCall, useCallState } from "./useCall";

/** What belongs to the call wherever its pane is: coming back after a reload, leaving with the room,
 * and its questions, which also those must see who have folded the pane away. */
export function CallKeeper() {
  const call = useCall();
  const checking = useCallState(({ phase }) => phase === "checking");
  const connected = useRoom(({ phase }) => phase === "connected");
  useEffect(() => {
    if (connected) void call.resume();
  }, [call, connected]);
  useEffect(() => () => call.leave(), [call]);
  return (
    <>
      {checking && <PreJoin />}
      <Consent />
    </>
  );
}
