import { Plus, SearchX } from "lucide-react";
import { type KeyboardEvent, type SubmitEvent, useState } from "react";
import { useNavigate } from "react-router";

import { messageOf } from "../api/client";
import { EVERYTHING, matching } from "../api/problemFilter";
import { useCreateSession, useProblems } from "../api/queries";
import type { ProblemSummary } from "../api/types";
import { DifficultyBadge } from "../components/Badges";
import { Modal } from "../components/Modal";
import { ProblemFilters } from "../components/ProblemFilters";
import { Empty, Failed, SkeletonRows } from "../components/States";

/** The button that is always in the same place, and the dialog behind it. */
export function NewSession() {
  const [open, setOpen] = useState(false);
  useProblems(); // so that they are there when the dialog opens
  return (
    <>
      <button
        type="button"
        data-testid="new-session"
        className="btn btn-primary"
        onClick={() => setOpen(true)}
      >
        <Plus className="size-4" aria-hidden /> New session
      </button>
      {open && (
        <Modal
          title="New session"
          className="flex max-h-[calc(100dvh-4rem)] max-w-xl flex-col p-0 *:first:px-5 *:first:py-4"
          onClose={() => setOpen(false)}
        >
          <Picker />
        </Modal>
      )}
    </>
  );
}

/** From the search the list is one key away, as in any box that suggests something. */
function toTheList(event: KeyboardEvent<HTMLFormElement>): void {
  const { target, currentTarget, key } = event;
  if (key !== "ArrowDown" || !(target instanceof HTMLInputElement) || target.type !== "search") return;
  event.preventDefault();
  currentTarget.querySelector<HTMLInputElement>("input[type=radio]:checked")?.focus();
}

function Picker() {
  const navigate = useNavigate();
  const problems = useProblems();
  const create = useCreateSession();
  const [picked, setPicked] = useState<string | null>(null);
  const [filter, setFilter] = useState(EVERYTHING);
  const shown = matching(problems.data ?? [], filter);
  // what is created is always something that can be seen
  const problem = shown.find(({ _id }) => _id === picked) ?? shown[0];

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (problem === undefined || create.isPending) return;
    create.mutate(problem._id, { onSuccess: ({ _id }) => void navigate(`/sessions/${_id}`) });
  };

  return (
    <form
      className="border-base-300 flex min-h-0 flex-1 flex-col border-t"
      onSubmit={submit}
      onKeyDown={toTheList}
    >
      {problems.isPending ? (
        <SkeletonRows rows={6} />
      ) : problems.isError ? (
        <Failed error={problems.error} retry={() => void problems.refetch()} />
      ) : (
        <>
          <ProblemFilters problems={problems.data} filter={filter} change={setFilter} autoFocus />
          <fieldset className="h-96 min-h-24 min-w-0 shrink overflow-y-auto">
            <legend className="sr-only">Problem</legend>
            {shown.map((entry) => (
              <Choice
                key={entry._id}
                problem={entry}
                checked={entry._id === problem?._id}
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
      <Footer problem={problem} pending={create.isPending} error={create.error} />
    </form>
  );
}

interface FooterProps {
  problem: ProblemSummary | undefined;
  pending: boolean;
  error: Error | null;
}

function Footer({ problem, pending, error }: FooterProps) {
  return (
    <div className="border-base-300 flex flex-col gap-2 border-t px-4 py-3">
      {error && (
        <p className="text-error" role="alert">
          {messageOf(error)}
        </p>
      )}
      <div className="flex items-center justify-between gap-3">
        <p className="text-muted min-w-0 truncate">{problem?.title ?? "No problem chosen"}</p>
        <button
          type="submit"
          data-testid="create-session"
          className="btn btn-primary"
          disabled={problem === undefined || pending}
        >
          {pending && <span className="loading loading-spinner loading-xs" aria-hidden />}
          Create session
        </button>
      </div>
    </div>
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
