import type { Call } from "@stream-io/video-react-sdk";
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { StreamDesk } from "../../stream/clients";
import type { Link, LinkState } from "../../stream/link";
import { useRoom } from "../context";
import type { InCall } from "./useInCall";

/** Stream's chat and video of a session, for as long as the component is there. */
export function useStreamDesk(callId: string): StreamDesk {
  const [desk] = useState(() => new StreamDesk(callId));
  useEffect(() => {
    desk.start();
    return () => desk.stop();
  }, [desk]);
  return desk;
}

export function useLink<T>(link: Link<T>): LinkState<T> {
  return useSyncExternalStore(link.store.subscribe, () => link.store.get().now);
}

export const InCallContext = createContext<(InCall & { call: Call }) | null>(null);

/** The call of this page and its place in it. */
export function useCallHere(): InCall & { call: Call } {
  const here = useContext(InCallContext);
  if (here === null) throw new Error("useCallHere outside of a call");
  return here;
}

/** Whether this person may be seen and heard. */
export function useSpeaks(): boolean {
  return useRoom(({ people, you }) => people.find(({ _id }) => _id === you?._id)?.speaks ?? false);
}

export function useIsHost(): boolean {
  return useRoom(({ role }) => role === "host");
}
