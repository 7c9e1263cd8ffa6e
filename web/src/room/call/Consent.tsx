import { useState } from "react";

import { Modal } from "../../components/Modal";
import { useRoom } from "../context";
import { useCall, useCallState, useConsentWanted } from "./useCall";

/** Asks whoever is in the call whether it may be recorded. */
export function Consent() {
  const wanted = useConsentWanted();
  const joined = useCallState(({ phase }) => phase === "in");
  const since = useRoom((state) => state.recording?.since ?? null);
  return wanted && joined ? <Question key={since} /> : null;
}

function Question() {
  const call = useCall();
  const by = useRoom((state) => state.recording?.by?.name ?? "The interviewer");
  const going = useRoom((state) => state.recording?.state === "on");
  const [later, setLater] = useState(false);
  if (later) return <Waiting by={by} ask={() => setLater(false)} />;
  return (
    <Modal title={going ? `${by} is recording this call` : `${by} wants to record this call`} onClose={() => setLater(true)}>
      <div className="text-muted mt-2 flex flex-col gap-2 text-pretty" data-testid="consent">
        <p>
          Everybody’s sound, cameras and shared screens would go into a video file on {by}’s computer.
          While that goes on you see a red sign.
        </p>
        <p>
          {going
            ? "You are heard and seen once you agree. A no ends the recording."
            : "Nothing is recorded unless everybody agrees."}
        </p>
      </div>
      <div className="modal-action mt-5 flex-wrap">
        <button
          type="button"
          className="btn btn-ghost"
          data-testid="refuse-recording"
          onClick={() => {
            call.answer(false);
            setLater(true);
          }}
        >
          No, do not record me
        </button>
        <button
          type="button"
          className="btn btn-primary"
          data-testid="agree-to-recording"
          onClick={() => call.answer(true)}
        >
          I agree
        </button>
      </div>
    </Modal>
  );
}

/** The question was put aside: it is still open, and stays in sight. */
function Waiting({ by, ask }: { by: string; ask: () => void }) {
  return (
    <div className="toast toast-top toast-center z-40" data-testid="consent-waits">
      <div className="card-surface flex items-center gap-3 px-3 py-2 shadow-lg">
        <span>{by} asks to record this call.</span>
        <button type="button" className="btn btn-sm btn-primary" onClick={ask}>
          Answer
        </button>
      </div>
    </div>
  );
}
