import { Plus, SearchX } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { messageOf } from "../api/client";
import { EVERYTHING, matching } from "../api/problemFilter";
import { useCreateSession, useProblems } from "../api/queries";
import type { ProblemSummary } from "../api/types";
import { DifficultyBadge } from "../components/Badges";
import { ProblemFilters } from "../components/ProblemFilters";
import { Empty, Failed, SkeletonRows } from "../components/States";

export function NewSession() {
  const navigate = useNavigate();
  const problems = useProblems();
  const create = useCreateSession();
  const [picked, setPicked] = useState<string | null>(null);
  const [filter, setFilter] = useState(EVERYTHING);
  const shown = matching(problems.data ?? [], filter);
  // what is created is always something that can be seen
  const problem = (shown.find(({ _id }) => _id === picked) ?? shown[0])?._id ?? null;

  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    if (problem === null) return;
    create.mutate(problem, { onSuccess: ({ _id }) => void navigate(`/sessions/${_id}`) });
  };

  return (
    <section aria-labelledby="new-session" className="min-w-0">
      <h2 id="new-session" className="mb-2.5 font-semibold">
        New session
      </h2>
      <form className="card-surface overflow-hidden" onSubmit={submit}>
        {problems.isPending ? (
          <SkeletonRows rows={5} />
        ) : problems.isError ? (
          <Failed error={problems.error} retry={() => void problems.refetch()} />
        ) : (
          <>
            <ProblemFilters problems={problems.data} filter={filter} change={setFilter} />
            <fieldset className="max-h-104 min-w-0 overflow-y-auto">
              <legend className="sr-only">Problem</legend>
              {shown.map((entry) => (
                <Choice
                  key={entry._id}
                  problem={entry}
                  checked={entry._id === problem}
                  pick={setPicked}
                />
              ))}
              {shown.length === 0 && (
                <Empty icon={SearchX} title="No problem fits">
                  <button type="button" className="link" onClick={() => setFilter(EVERYTHING)}>
                    Show all of them
                  </button>
                </Empty>
              )}
            </fieldset>
          </>
        )}
        <div className="border-base-300 flex flex-col gap-2 border-t p-3">
          {create.isError && (
            <p className="text-error" role="alert">
              {messageOf(create.error)}
            </p>
          )}
          <button
            type="submit"
            data-testid="create-session"
            className="btn btn-primary"
            disabled={problem === null || create.isPending}
          >
            {create.isPending ? (
              <span className="loading loading-spinner loading-xs" aria-hidden />
            ) : (
              <Plus className="size-4" aria-hidden />
            )}
            Create session
          </button>
        </div>
      </form>
    </section>
  );
}

interface ChoiceProps {
  problem: ProblemSummary;
  checked: boolean;
  pick: (id: string) => void;
}

function Choice({ problem, checked, pick }: ChoiceProps) {
  return (
    <label
      className={`border-base-300 flex cursor-pointer items-center gap-3 border-b px-4 py-2.5 transition-colors last:border-b-0 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 ${
        checked ? "bg-primary/7" : "hover:bg-base-200"
      }`}
    >
      <input
        type="radio"
        name="problem"
        value={problem._id}
        checked={checked}
        onChange={() => pick(problem._id)}
        className="radio radio-primary radio-sm"
      />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{problem.title}</span>
        <span className="text-muted block truncate text-xs">{problem.tags.join(" · ")}</span>
      </span>
      <DifficultyBadge difficulty={problem.difficulty} />
    </label>
  );
}
