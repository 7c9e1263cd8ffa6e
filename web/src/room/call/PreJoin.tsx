import { CircleDot, VideoOff } from "lucide-react";
import { useEffect } from "react";

import { canOpen } from "../../call/devices";
import { Modal } from "../../components/Modal";
import { useRoom } from "../context";
import { DeviceChoice } from "./DeviceChoice";
import { LevelMeter } from "./LevelMeter";
import { Note, Problems } from "./Problems";
import { Switch } from "./Switch";
import { useCall, useConsentWanted, useOwn } from "./useCall";
import { useStream } from "./useStream";
import { Video } from "./Video";

/** How one looks and sounds, before anybody else sees and hears it. */
export function PreJoin() {
  const call = useCall();
  const on = useOwn((state) => state.on);
  const mic = useOwn((state) => state.tracks.mic);
  const opening = useOwn((state) => state.opening.mic || state.opening.camera);
  const consent = useConsentWanted();
  const by = useRoom((state) => state.recording?.by?.name);
  const going = useRoom((state) => state.recording?.state === "on");
  const phase = useRoom((state) => state.phase);
  const over = phase === "ended" || phase === "refused";
  useEffect(() => {
    if (over) call.cancel();
  }, [call, over]);
  return (
    <Modal title="Check your microphone and camera" onClose={() => call.cancel()} className="max-w-lg">
      <div className="mt-3 flex flex-col gap-3" data-testid="pre-join">
        <Preview />
        <div className="flex items-center gap-3">
          <Switch kind="mic" />
          <Switch kind="camera" />
          <div className="min-w-0 flex-1">
            <p className="text-muted mb-1 text-xs">
              {on.mic ? "Say something: the bar moves when you are heard." : "Nobody hears you."}
            </p>
            <LevelMeter track={on.mic ? mic : null} />
          </div>
        </div>
        <Problems />
        {!canOpen() && (
          <p className="text-xs">
            This page may not use a microphone or camera, as it was not opened by https. You can join
            to watch and listen.
          </p>
        )}
        <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
          <DeviceChoice kind="mic" />
          <DeviceChoice kind="camera" />
          <DeviceChoice kind="speaker" />
        </div>
        {consent && (
          <Note testId="consent-note" icon={<CircleDot className="text-error size-4" aria-hidden />}>
            {by ?? "The interviewer"} {going ? "records" : "wants to record"} this call: everybody’s sound, cameras and shared screens
            go into a file on their computer. Join only if you agree to that.
          </Note>
        )}
      </div>
      <div className="modal-action mt-5 flex-wrap">
        <button type="button" className="btn btn-ghost" onClick={() => call.cancel()}>
          Not now
        </button>
        <button
          type="button"
          className="btn btn-primary"
          data-testid="join-now"
          disabled={opening}
          onClick={() => call.join(consent)}
        >
          {consent ? "Agree and join" : joinText(on.mic, on.camera)}
        </button>
      </div>
    </Modal>
  );
}

function joinText(mic: boolean, camera: boolean): string {
  if (mic && camera) return "Join";
  if (mic) return "Join without camera";
  return camera ? "Join muted" : "Join without microphone and camera";
}

function Preview() {
  const camera = useOwn((state) => state.tracks.camera);
  const opening = useOwn((state) => state.opening.camera);
  const stream = useStream(camera);
  return (
    <div className="bg-neutral text-neutral-content aspect-video overflow-hidden rounded-lg">
      {stream === null ? (
        <p className="flex size-full items-center justify-center gap-2 text-sm opacity-80">
          <VideoOff className="size-4" aria-hidden />
          {opening ? "Opening your camera…" : "Your camera is off"}
        </p>
      ) : (
        <Video stream={stream} label="How others see you" mirrored />
      )}
    </div>
  );
}
