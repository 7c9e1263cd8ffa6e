import { CallingState, useCallStateHooks } from "@stream-io/video-react-sdk";
import { Circle, PhoneOff } from "lucide-react";
import { useEffect } from "react";

import { useConnection, useRoom } from "../context";
import { useCallHere, useIsHost, useSpeaks } from "./context";
import { Devices } from "./Devices";
import { CameraSwitch, MicrophoneSwitch, ScreenSwitch } from "./Switches";
import { Watchers } from "./Watchers";

/** What this person does in the call. */
export function Controls() {
  const { leave, mutedBy } = useCallHere();
  const speaks = useSpeaks();
  useTellingTheRoom();
  return (
    <>
      <Watchers />
      <div className="flex flex-wrap items-center gap-1.5 px-3 pb-2.5">
        {speaks ? (
          <>
            <MicrophoneSwitch />
            <CameraSwitch />
            <ScreenSwitch />
            <Devices />
          </>
        ) : (
          <span className="text-muted text-sm">You watch and listen.</span>
        )}
        <RecordButton />
        <button
          type="button"
          className="btn btn-sm btn-error ml-auto"
          data-testid="call-leave"
          onClick={leave}
        >
          <PhoneOff className="size-4" aria-hidden />
          Leave
        </button>
        <Reconnecting />
        {mutedBy !== null && (
          <p role="status" className="w-full text-sm" data-testid="muted-by">
            {mutedBy} has turned your microphone off.
          </p>
        )}
      </div>
    </>
  );
}

/** Asks everybody first; nothing is recorded before all have agreed. */
function RecordButton() {
  const connection = useConnection();
  const host = useIsHost();
  const off = useRoom(({ recording }) => recording === null || recording.state === "off");
  if (!host || !off) return null;
  return (
    <button
      type="button"
      className="btn btn-sm btn-square btn-ghost"
      data-testid="record"
      aria-label="Record the call"
      title="Ask everybody whether the call may be recorded"
      onClick={() => connection.send({ type: "recording.ask" })}
    >
      <Circle className="text-error size-3.5 fill-current" aria-hidden />
    </button>
  );
}

function Reconnecting() {
  const { useCallCallingState } = useCallStateHooks();
  const state = useCallCallingState();
  if (state === CallingState.JOINED) return null;
  return (
    <p role="status" className="text-warning w-full text-sm" data-testid="call-reconnecting">
      {state === CallingState.OFFLINE
        ? "There is no network; the call goes on when it is back."
        : "The connection to Stream is being made again…"}
    </p>
  );
}

/** Others see what is on by the room's roster. */
function useTellingTheRoom(): void {
  const { seat } = useCallHere();
  const { useMicrophoneState, useCameraState, useScreenShareState } = useCallStateHooks();
  const mic = useMicrophoneState().status === "enabled";
  const camera = useCameraState().status === "enabled";
  const screen = useScreenShareState().status === "enabled";
  useEffect(() => seat.set({ mic, camera, screen }), [seat, mic, camera, screen]);
}
