import { ChevronDown } from "lucide-react";

import type { Run } from "../api/types";
import { clock } from "../time";
import { nameOf, outcome } from "./verdicts";

interface Props {
  runs: readonly Run[];
  shown: string | undefined;
  pick: (id: string) => void;
}

/** Choosing among the runs of the session; a native select, so that it works everywhere. */
export function RunHistory({ runs, shown, pick }: Props) {
  if (runs.length < 2 || shown === undefined) return null;
  return (
    <label className="text-muted relative flex min-w-0 items-center text-xs">
      <span className="sr-only">Which run to show</span>
      <select
        data-testid="run-history"
        className="hover:text-base-content rounded-selector min-w-0 cursor-pointer appearance-none truncate bg-transparent py-1 pr-6 pl-2"
        value={shown}
        onChange={(event) => pick(event.target.value)}
      >
        {runs
          .map((run, index) => (
            <option key={run._id} value={run._id} className="bg-base-100">
              {`Run ${index + 1} of ${runs.length} · ${nameOf(run)} · ${outcome(run).text} · ${clock(run.createdAt)}`}
            </option>
          ))
          .reverse()}
      </select>
      <ChevronDown className="pointer-events-none absolute right-1.5 size-3.5" aria-hidden />
    </label>
  );
}
