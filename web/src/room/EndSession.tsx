import { useState } from "react";

import { messageOf } from "../api/client";
import { useEndSession } from "../api/queries";
import { Confirm } from "../components/Modal";
import { toast } from "../toast";

export function EndSession({ sessionId }: { sessionId: string }) {
  const [asking, setAsking] = useState(false);
  const end = useEndSession(sessionId);
  const confirm = () =>
    end.mutate(undefined, {
      onSuccess: () => setAsking(false),
      onError: (error) => toast(messageOf(error), "error"),
    });
  return (
    <>
      <button
        type="button"
        data-testid="end-session"
        aria-label="End session"
        className="btn btn-sm text-error hover:bg-error/10 border-base-300 bg-transparent"
        onClick={() => setAsking(true)}
      >
        <span className="sm:hidden">End</span>
        <span className="max-sm:hidden">End session</span>
      </button>
      {asking && (
        <Confirm
          title="End this session for everybody?"
          act="End session"
          keep="Keep interviewing"
          testId="confirm-end"
          pending={end.isPending}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
        >
          The code becomes read-only and nobody can come back in to change it. This cannot be undone.
        </Confirm>
      )}
    </>
  );
}
