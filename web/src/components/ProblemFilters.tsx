import { Search } from "lucide-react";
import type { ReactNode } from "react";

import { type ProblemFilter, tagsOf } from "../api/problemFilter";
import type { Difficulty, ProblemSummary } from "../api/types";

const DIFFICULTIES: [Difficulty, string][] = [
  ["easy", "Easy"],
  ["medium", "Medium"],
  ["hard", "Hard"],
];

interface Props<F extends ProblemFilter> {
  problems: ProblemSummary[];
  filter: F;
  change: (filter: F) => void;
  /** The search takes the focus as it appears: what somebody opened is there to search. */
  autoFocus?: boolean;
  /** More of the kind, behind the others. */
  children?: ReactNode;
}

/** Search, difficulty and topic in one row; on a narrow screen the search has a row of its own. */
export function ProblemFilters<F extends ProblemFilter>(props: Props<F>) {
  const { problems, filter, change, autoFocus, children } = props;
  return (
    <div className="border-base-300 grid grid-cols-2 gap-2 border-b p-3 sm:flex">
      <label className="input input-sm col-span-2 w-full min-w-0 sm:flex-1">
        <Search className="text-muted size-4" aria-hidden />
        <input
          type="search"
          autoFocus={autoFocus}
          placeholder="Search problems"
          aria-label="Search problems"
          value={filter.search}
          onChange={(event) => change({ ...filter, search: event.target.value })}
        />
      </label>
      <select
        className="select select-sm w-full sm:w-auto"
        aria-label="Difficulty"
        value={filter.difficulty}
        onChange={(event) =>
          change({ ...filter, difficulty: event.target.value as ProblemFilter["difficulty"] })
        }
      >
        <option value="">Any difficulty</option>
        {DIFFICULTIES.map(([difficulty, label]) => (
          <option key={difficulty} value={difficulty}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="select select-sm w-full sm:w-auto"
        aria-label="Topic"
        value={filter.tag}
        onChange={(event) => change({ ...filter, tag: event.target.value })}
      >
        <option value="">Any topic</option>
        {tagsOf(problems).map((tag) => (
          <option key={tag} value={tag}>
            {tag}
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}
