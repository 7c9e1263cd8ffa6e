import { CircleAlert, History } from "lucide-react";

import { ago } from "../../time";
import { useForm } from "./form/context";

interface FoundProps {
  found: { at: string; outdated: boolean };
  startOver: () => void;
}

/** The form shows what was left unsaved on an earlier visit. */
export function FoundDraft({ found, startOver }: FoundProps) {
  return (
    <div
      role="status"
      data-testid="found-draft"
      className="card-surface flex items-start gap-2.5 px-4 py-3 text-pretty"
    >
      <History className="text-info mt-0.5 size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">
        What you wrote {ago(found.at)} and did not save is here again.
        {found.outdated && " The problem was changed elsewhere since: saving replaces that."}
      </p>
      <button type="button" className="btn btn-xs btn-quiet shrink-0" onClick={startOver}>
        Discard it
      </button>
    </div>
  );
}

/** What is wrong and belongs to no field, or that something is. */
export function Wrong() {
  const { mistakes } = useForm();
  const general = mistakes.get("");
  return (
    <div
      data-place=""
      tabIndex={-1}
      role="alert"
      className={
        general === undefined
          ? "hidden"
          : "card-surface border-error/50! text-error flex items-start gap-2.5 px-4 py-3"
      }
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <p className="min-w-0 text-pretty break-words">{general}</p>
    </div>
  );
}
