import { SearchX, SquarePen } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import type { ProblemSummary } from "../../api/types";
import { DifficultyBadge } from "../../components/Badges";
import { ProblemFilters } from "../../components/ProblemFilters";
import { Empty } from "../../components/States";
import { ALL, type ListFilter, listed, readFilter, writeFilter } from "./listFilter";
import { OwnBadge, ProgressMark } from "./marks";

interface Props {
  problems: ProblemSummary[];
  /** Whether the reader is somebody who can have progress and problems of their own. */
  marks: boolean;
}

export function ProblemList({ problems, marks }: Props) {
  const [address, setAddress] = useSearchParams();
  // The address follows a moment behind, which an input must not.
  const [filter, setFilter] = useState(() => readFilter(address));
  const change = (next: ListFilter) => {
    setFilter(next);
    setAddress(writeFilter(next), { replace: true });
  };
  const shown = listed(problems, filter);
  return (
    <>
      <ProblemFilters problems={problems} filter={filter} change={change}>
        {marks && <OwnFilters filter={filter} change={change} />}
      </ProblemFilters>
      <ul className="divide-base-300 divide-y" data-testid="problems" aria-label="Problems">
        {shown.map((problem) => (
          <Row key={problem._id} problem={problem} marks={marks} />
        ))}
      </ul>
      {shown.length === 0 && <NothingFits filter={filter} showAll={() => change(ALL)} />}
    </>
  );
}

interface FilterProps {
  filter: ListFilter;
  change: (filter: ListFilter) => void;
}

function OwnFilters({ filter, change }: FilterProps) {
  return (
    <>
      <select
        className="select select-sm w-full sm:w-auto"
        aria-label="Progress"
        value={filter.progress}
        onChange={(event) =>
          change({ ...filter, progress: event.target.value as ListFilter["progress"] })
        }
      >
        <option value="">Any progress</option>
        <option value="new">Not tried</option>
        <option value="tried">Tried</option>
        <option value="solved">Solved</option>
      </select>
      <button
        type="button"
        className={`btn btn-sm ${filter.mine ? "btn-primary" : "btn-quiet font-normal"}`}
        aria-pressed={filter.mine}
        onClick={() => change({ ...filter, mine: !filter.mine })}
      >
        Mine
      </button>
    </>
  );
}

function NothingFits({ filter, showAll }: { filter: ListFilter; showAll: () => void }) {
  const onlyMine = writeFilter({ ...filter, mine: false }).size === 0;
  if (onlyMine && filter.mine) {
    return (
      <Empty icon={SquarePen} title="You have written no problem yet">
        <Link to="/problems/new" className="link">
          Write one
        </Link>{" "}
        to use it in your interviews.
      </Empty>
    );
  }
  return (
    <Empty icon={SearchX} title="No problem fits">
      <button type="button" className="link" onClick={showAll}>
        Show all of them
      </button>
    </Empty>
  );
}

function Row({ problem, marks }: { problem: ProblemSummary; marks: boolean }) {
  const { _id, title, tags, difficulty, own, progress } = problem;
  return (
    <li
      className="hover:bg-base-200/70 relative flex items-center gap-3 px-4 py-2.5 transition-colors has-[a:focus-visible]:bg-base-200/70"
      data-problem={_id}
      data-progress={progress ?? ""}
    >
      {marks && <ProgressMark progress={progress ?? null} />}
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <Link
            to={`/problems/${_id}`}
            className="truncate font-medium -outline-offset-1 after:absolute after:inset-0"
          >
            {title}
          </Link>
          {own && <OwnBadge />}
        </div>
        <p className="text-muted truncate text-xs">{tags.join(" · ")}</p>
      </div>
      {own && (
        <Link
          to={`/problems/${_id}/edit`}
          className="btn btn-ghost btn-sm btn-square relative z-1"
          aria-label={`Edit ${title}`}
          title="Edit"
        >
          <SquarePen className="text-muted size-4" aria-hidden />
        </Link>
      )}
      <span className="flex w-16 justify-end">
        <DifficultyBadge difficulty={difficulty} />
      </span>
    </li>
  );
}
