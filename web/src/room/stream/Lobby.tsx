import { useCallStateHooks, VideoPreview } from "@stream-io/video-react-sdk";
import { Video } from "lucide-react";

import { useRoom } from "../context";
import { useCallHere, useSpeaks } from "./context";
import { Devices } from "./Devices";
import { CameraSwitch, MicrophoneSwitch } from "./Switches";

/** Before the call: who is in it, how one looks, and the way in. */
export function Lobby() {
  const { phase, join } = useCallHere();
  const speaks = useSpeaks();
  const recorded = useRoom(({ recording }) => recording?.state === "on");
  const over = useRoom(({ phase }) => phase === "ended" || phase === "refused");
  const people = useRoom((state) => state.people);
  const inside = people.filter(({ call }) => call.length > 0).map(({ name }) => name);
  if (over) return null;
  const asked = recorded && speaks;
  return (
    <div className="flex flex-col gap-2 px-4 py-2.5">
      {speaks && <Mirror />}
      <p className="text-muted truncate" data-testid="in-call">
        {inside.length > 0 ? `In the call: ${inside.join(", ")}` : "Nobody is in the call yet."}
      </p>
      {asked && (
        <p data-testid="recorded-already">
          This call is being recorded. Whoever joins it is recorded too, with sound and picture.
        </p>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        {speaks ? (
          <>
            <MicrophoneSwitch />
            <CameraSwitch />
            <Devices />
          </>
        ) : (
          <span className="text-muted text-sm">You watch and listen.</span>
        )}
        <button
          type="button"
          className="btn btn-sm btn-primary ml-auto"
          data-testid="call-join"
          disabled={phase === "joining"}
          onClick={() => join(asked)}
        >
          <Video className="size-4" aria-hidden />
          {phase === "joining" ? "Joining…" : asked ? "Agree and join" : "Join call"}
        </button>
      </div>
    </div>
  );
}

function Mirror() {
  const { useCameraState } = useCallStateHooks();
  const { isMute } = useCameraState();
  if (isMute) return null;
  return (
    <div className="stream-preview" data-testid="preview">
      <VideoPreview
        DisabledVideoPreview={Nothing}
        StartingCameraPreview={Nothing}
        NoCameraPreview={Nothing}
      />
    </div>
  );
}

const Nothing = () => null;
