import { RotateCcw } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../../api/client";
import { useResetPractice } from "../../api/problems";
import { Confirm } from "../../components/Modal";
import { toast } from "../../toast";

export function ResetPractice({ problemId }: { problemId: string }) {
  const [asking, setAsking] = useState(false);
  const reset = useResetPractice(problemId);
  const confirm = () =>
    reset.mutate(undefined, {
      onSuccess: () => toast("Back to the starter", "success"),
      onError: (error) => toast(messageOf(error), "error"),
      onSettled: () => setAsking(false),
    });
  return (
    <>
      <button
        type="button"
        data-testid="reset"
        className="btn btn-ghost btn-sm max-md:btn-square"
        title="Start over from the starter"
        aria-label="Reset to the starter"
        onClick={() => setAsking(true)}
      >
        <RotateCcw className="size-4" aria-hidden />
        <span className="max-md:hidden">Reset</span>
      </button>
      {asking && (
        <Confirm
          title="Start over from the starter?"
          act="Reset the code"
          keep="Keep my code"
          testId="confirm-reset"
          pending={reset.isPending}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
        >
          Your code in every language and the list of your runs are thrown away. What you have
          solved stays solved.
        </Confirm>
      )}
    </>
  );
}
