import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";

import { LogoMark } from "../../components/Logo";
import { ThemeToggle } from "../../components/ThemeToggle";
import { DeleteProblem } from "./DeleteProblem";

const STATES = {
  clean: { text: "", tint: "text-muted" },
  kept: { text: "Not saved, kept in this browser", tint: "text-muted" },
  unkept: { text: "Not saved", tint: "text-warning" },
};

type Pane = "write" | "preview";
const PANES: readonly (readonly [Pane, string])[] = [
  ["write", "Write"],
  ["preview", "Preview"],
];

interface Props {
  problemId: string | null;
  state: keyof typeof STATES;
  saving: boolean;
  pane: Pane;
  show: (pane: Pane) => void;
  save: () => void;
  deleted: () => void;
}

export function WriterHeader({ problemId, state, saving, pane, show, save, deleted }: Props) {
  const back = problemId === null ? "/problems" : `/problems/${problemId}`;
  const where = problemId === null ? "Back to the problems" : "Back to the problem";
  return (
    <header className="border-base-300 bg-base-100 sticky top-0 z-10 border-b">
      <div className="flex h-12 items-center gap-1.5 px-2 sm:gap-3 sm:px-3">
        <Link to={back} className="btn btn-ghost btn-sm gap-1.5 px-1.5" aria-label={where} title={where}>
          <ArrowLeft className="text-muted size-4" aria-hidden />
          <LogoMark className="size-6 max-sm:hidden" />
        </Link>
        <h1 className="truncate font-semibold">{problemId === null ? "New problem" : "Edit problem"}</h1>
        <span className="flex-1" />
        <span
          role="status"
          data-testid="draft-state"
          data-state={state}
          className={`truncate text-xs max-sm:hidden ${STATES[state].tint}`}
        >
          {STATES[state].text}
        </span>
        {problemId !== null && <DeleteProblem problemId={problemId} deleted={deleted} />}
        <ThemeToggle />
        <button
          type="button"
          className="btn btn-sm btn-primary"
          data-testid="save-problem"
          disabled={saving}
          onClick={save}
        >
          {saving && <span className="loading loading-spinner loading-xs" aria-hidden />}
          Save
        </button>
      </div>
      <div role="tablist" aria-label="Form or preview" className="border-base-300 flex border-t *:flex-1 lg:hidden">
        {PANES.map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={pane === name}
            className={`min-h-10 border-b-2 text-xs font-medium -outline-offset-2 ${
              pane === name ? "border-primary" : "text-muted border-transparent"
            }`}
            onClick={() => show(name)}
          >
            {label}
          </button>
        ))}
      </div>
    </header>
  );
}
