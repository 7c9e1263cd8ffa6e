import { useRef } from "react";

import { messageOf } from "../api/client";
import { useEndSession } from "../api/queries";
import { toast } from "../toast";

export function EndSession({ sessionId }: { sessionId: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const end = useEndSession(sessionId);
  const confirm = () =>
    end.mutate(undefined, {
      onSuccess: () => dialog.current?.close(),
      onError: (error) => toast(messageOf(error), "error"),
    });
  return (
    <>
      <button
        type="button"
        data-testid="end-session"
        aria-label="End session"
        className="btn btn-sm text-error hover:bg-error/10 border-base-300 bg-transparent"
        onClick={() => dialog.current?.showModal()}
      >
        <span className="sm:hidden">End</span>
        <span className="max-sm:hidden">End session</span>
      </button>
      <dialog ref={dialog} className="modal" aria-labelledby="end-title">
        <div className="modal-box max-w-md">
          <h2 id="end-title" className="text-base font-semibold">
            End this session for everybody?
          </h2>
          <p className="text-muted mt-2 text-pretty">
            The code becomes read-only and nobody can come back in to change it. This cannot be
            undone.
          </p>
          <div className="modal-action mt-5">
            <form method="dialog">
              <button className="btn btn-ghost" autoFocus>
                Keep interviewing
              </button>
            </form>
            <button
              type="button"
              data-testid="confirm-end"
              className="btn btn-error"
              disabled={end.isPending}
              onClick={confirm}
            >
              End session
            </button>
          </div>
        </div>
        <form method="dialog" className="modal-backdrop">
          <button tabIndex={-1}>Close</button>
        </form>
      </dialog>
    </>
  );
}
