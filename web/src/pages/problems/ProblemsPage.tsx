import { Plus } from "lucide-react";
import { Link } from "react-router";

import { useMe, useProblems } from "../../api/queries";
import type { ProblemSummary } from "../../api/types";
import { Failed, Loading, SkeletonRows } from "../../components/States";
import { TopBar } from "../../components/TopBar";
import { useTitle } from "../../title";
import { ProblemList } from "./ProblemList";

export function ProblemsPage() {
  const me = useMe();
  const problems = useProblems();
  useTitle("Problems");
  if (me.isPending) return <Loading label="Opening…" />;
  const user = me.data ?? null;
  return (
    <>
      <TopBar me={user} />
      <main className="mx-auto flex max-w-4xl flex-col gap-4 px-4 py-6 sm:px-6 lg:py-10">
        <div className="flex items-end justify-between gap-3">
          <div className="flex min-w-0 flex-col gap-1">
            <h1 className="text-xl font-semibold tracking-tight">Problems</h1>
            {user && problems.data ? (
              <Solved problems={problems.data} />
            ) : (
              <p className="text-muted">Practise by yourself, or start an interview with one.</p>
            )}
          </div>
          {user !== null && user.kind !== "guest" && (
            <Link to="/problems/new" className="btn btn-sm btn-primary shrink-0" data-testid="new-problem">
              <Plus className="size-4" aria-hidden /> New problem
            </Link>
          )}
        </div>
        <div className="card-surface overflow-hidden">
          {problems.isPending ? (
            <SkeletonRows rows={10} />
          ) : problems.isError ? (
            <Failed error={problems.error} retry={() => void problems.refetch()} />
          ) : (
            <ProblemList problems={problems.data} marks={user !== null} />
          )}
        </div>
      </main>
    </>
  );
}

function Solved({ problems }: { problems: ProblemSummary[] }) {
  const solved = problems.filter(({ progress }) => progress === "solved").length;
  return (
    <p className="text-muted flex items-center gap-2.5 whitespace-nowrap" data-testid="solved-count">
      <progress
        className="progress progress-success h-1.5 w-16 sm:w-28"
        value={solved}
        max={Math.max(problems.length, 1)}
        aria-hidden
      />
      {solved} of {problems.length} solved
    </p>
  );
}
