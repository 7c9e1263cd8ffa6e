import { recordingOf } from "../../call/recording";
import { Modal } from "../../components/Modal";
import { useCall } from "./useCall";

/** What recording means, before everybody is asked. */
export function RecordDialog({ onClose }: { onClose: () => void }) {
  const recording = recordingOf(useCall());
  return (
    <Modal title="Record this call?" onClose={onClose}>
      <div className="text-muted mt-2 flex flex-col gap-2 text-pretty">
        <p>
          Everybody who can be heard is asked first, and one “no” is enough for no recording. While it
          goes on, everybody sees a red sign.
        </p>
        <p>
          Sound, cameras and shared screens go into a video file on this computer. Keep this page open
          until you have stopped the recording.
        </p>
      </div>
      <div className="modal-action mt-5 flex-wrap">
        <form method="dialog">
          <button className="btn btn-ghost">Do not record</button>
        </form>
        <button
          type="button"
          className="btn btn-primary"
          data-testid="ask-to-record"
          onClick={() => {
            void recording.ask();
            onClose();
          }}
        >
          Ask everybody
        </button>
      </div>
    </Modal>
  );
}
