import { Trash2 } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../../api/client";
import { useDeleteProblem } from "../../api/problems";
import { Confirm } from "../../components/Modal";
import { toast } from "../../toast";

interface Props {
  problemId: string;
  deleted: () => void;
}

export function DeleteProblem({ problemId, deleted }: Props) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteProblem(problemId);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        toast("The problem is deleted");
        deleted();
      },
      onError: (error) => {
        setAsking(false);
        toast(messageOf(error), "error");
      },
    });
  return (
    <>
      <button
        type="button"
        data-testid="delete-problem"
        className="btn btn-ghost btn-sm max-sm:btn-square text-error"
        aria-label="Delete this problem"
        onClick={() => setAsking(true)}
      >
        <Trash2 className="size-4" aria-hidden />
        <span className="max-sm:hidden">Delete</span>
      </button>
      {asking && (
        <Confirm
          title="Delete this problem?"
          act="Delete it"
          keep="Keep it"
          testId="confirm-delete"
          pending={remove.isPending}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
        >
          It leaves your list of problems. Interviews that were held with it still show it. This
          cannot be undone.
        </Confirm>
      )}
    </>
  );
}
