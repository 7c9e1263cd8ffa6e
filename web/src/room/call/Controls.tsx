import { CircleDot, CircleStop, PhoneOff, Settings2 } from "lucide-react";
import { useState } from "react";

import { canShare } from "../../call/devices";
import { recordingOf } from "../../call/recording";
import { Modal } from "../../components/Modal";
import { useRoom } from "../context";
import { DeviceChoice } from "./DeviceChoice";
import { LevelMeter } from "./LevelMeter";
import { RecordDialog } from "./RecordDialog";
import { Switch } from "./Switch";
import { useCall, useOwn, useSpeaks } from "./useCall";

/** What one does in the call: devices, screen, recording, leaving. */
export function Controls() {
  const call = useCall();
  const speaks = useSpeaks();
  const [choosing, setChoosing] = useState(false);
  const hosting = useRoom(({ role }) => role === "host");
  return (
    <div className="flex items-center gap-1.5" role="toolbar" aria-label="Call">
      {speaks && (
        <>
          <Switch kind="mic" />
          <Switch kind="camera" />
          {canShare() && <Switch kind="screen" />}
        </>
      )}
      <button
        type="button"
        className="btn btn-sm max-sm:btn-md btn-square btn-quiet"
        aria-label="Choose devices"
        title="Choose devices"
        data-testid="devices"
        onClick={() => setChoosing(true)}
      >
        <Settings2 className="size-4" aria-hidden />
      </button>
      {hosting && <RecordButton />}
      <span className="flex-1" />
      <button
        type="button"
        className="btn btn-sm max-sm:btn-md btn-error gap-1.5"
        data-testid="leave-call"
        onClick={() => call.leave()}
      >
        <PhoneOff className="size-4" aria-hidden /> Leave
      </button>
      {choosing && <Devices speaks={speaks} onClose={() => setChoosing(false)} />}
    </div>
  );
}

function Devices({ speaks, onClose }: { speaks: boolean; onClose: () => void }) {
  const mic = useOwn((state) => (state.on.mic ? state.tracks.mic : null));
  return (
    <Modal title="Devices" onClose={onClose}>
      <div className="mt-3 flex flex-col gap-3">
        {speaks && (
          <>
            <DeviceChoice kind="mic" />
            <LevelMeter track={mic} />
            <DeviceChoice kind="camera" />
          </>
        )}
        <DeviceChoice kind="speaker" />
        <p className="text-muted text-xs">
          Devices are listed once you have turned your microphone or camera on.
        </p>
      </div>
      <form method="dialog" className="modal-action">
        <button className="btn">Done</button>
      </form>
    </Modal>
  );
}

function RecordButton() {
  const recording = recordingOf(useCall());
  const state = useRoom((room) => room.recording?.state ?? "off");
  const [asking, setAsking] = useState(false);
  const title =
    state === "off" ? "Record the call" : state === "on" ? "Stop recording" : "Do not record after all";
  return (
    <>
      <button
        type="button"
        className={`btn btn-sm max-sm:btn-md btn-square btn-quiet ${state === "off" ? "" : "text-error"}`}
        aria-label={title}
        title={title}
        aria-pressed={state !== "off"}
        data-testid="record"
        onClick={() => (state === "off" ? setAsking(true) : recording.stop())}
      >
        {state === "off" ? (
          <CircleDot className="size-4" aria-hidden />
        ) : (
          <CircleStop className="size-4" aria-hidden />
        )}
      </button>
      {asking && <RecordDialog onClose={() => setAsking(false)} />}
    </>
  );
}
