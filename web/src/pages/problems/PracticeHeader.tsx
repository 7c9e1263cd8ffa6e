import { ArrowLeft, SquarePen, Users } from "lucide-react";
import { Link, useNavigate } from "react-router";

import { messageOf } from "../../api/client";
import { useCreateSession } from "../../api/queries";
import type { Problem } from "../../api/types";
import { LogoMark } from "../../components/Logo";
import { ThemeToggle } from "../../components/ThemeToggle";
import { ConnectionChip, SavedChip } from "../../room/Status";
import { toast } from "../../toast";
import { ProgressBadge } from "./marks";
import { ResetPractice } from "./ResetPractice";

export function PracticeHeader({ problem }: { problem: Problem }) {
  return (
    <header className="border-base-300 bg-base-100 flex h-12 shrink-0 items-center gap-1.5 border-b px-2 sm:gap-3 sm:px-3">
      <Link
        to="/problems"
        className="btn btn-ghost btn-sm gap-1.5 px-1.5"
        aria-label="Back to the problems"
        title="Back to the problems"
      >
        <ArrowLeft className="text-muted size-4" aria-hidden />
        <LogoMark className="size-6 max-sm:hidden" />
      </Link>
      <h1 className="min-w-0 truncate font-semibold">{problem.title}</h1>
      <ProgressBadge progress={problem.progress ?? null} />
      <span className="flex-1" />
      <SavedChip />
      <ConnectionChip />
      <span className="bg-base-300 mx-1 h-5 w-px max-sm:hidden" aria-hidden />
      {problem.own && (
        <Link
          to={`/problems/${problem._id}/edit`}
          className="btn btn-ghost btn-sm max-md:btn-square"
          title="Edit this problem"
          aria-label="Edit this problem"
        >
          <SquarePen className="size-4" aria-hidden />
          <span className="max-md:hidden">Edit</span>
        </Link>
      )}
      <ResetPractice problemId={problem._id} />
      <ThemeToggle />
      <StartInterview problemId={problem._id} />
    </header>
  );
}

function StartInterview({ problemId }: { problemId: string }) {
  const navigate = useNavigate();
  const create = useCreateSession();
  return (
    <button
      type="button"
      data-testid="start-interview"
      className="btn btn-sm btn-quiet max-md:btn-square"
      title="Start an interview with this problem"
      aria-label="Start an interview with it"
      disabled={create.isPending}
      onClick={() =>
        create.mutate(problemId, {
          onSuccess: ({ _id }) => void navigate(`/sessions/${_id}`),
          onError: (error) => toast(messageOf(error), "error"),
        })
      }
    >
      <Users className="size-4" aria-hidden />
      <span className="max-md:hidden">Interview with it</span>
    </button>
  );
}
