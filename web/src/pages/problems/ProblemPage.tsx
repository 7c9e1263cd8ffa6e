import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";

import { ApiError } from "../../api/client";
import { useMe, useProblem } from "../../api/queries";
import { CenteredCard } from "../../components/CenteredCard";
import { Failed, Loading } from "../../components/States";
import { useTitle } from "../../title";
import { Statement } from "./Statement";

// With the editor; who only reads does not wait for it.
const Practice = lazy(async () => ({ default: (await import("./Practice")).Practice }));

/** A problem: to practise for who is signed in, to read for everybody else. */
export function ProblemPage() {
  const { problemId = "" } = useParams();
  const me = useMe();
  const problem = useProblem(problemId);
  const error = problem.error ?? me.error;
  if (error instanceof ApiError && error.status === 404) return <NoSuchProblem />;
  if (problem.data === undefined || me.data === undefined) {
    if (error === null) return <Loading label="Opening…" />;
    return <Failed error={error} retry={() => void Promise.all([me.refetch(), problem.refetch()])} />;
  }
  if (me.data === null || me.data.kind === "guest") {
    return <Statement problem={problem.data} me={me.data} />;
  }
  return (
    <Suspense fallback={<Loading label="Opening…" />}>
      <Practice key={problem.data._id} problem={problem.data} />
    </Suspense>
  );
}

function NoSuchProblem() {
  useTitle("No such problem");
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center">
        <h1 className="text-lg font-semibold">There is no such problem</h1>
        <p className="text-muted text-pretty">
          It may have been deleted, or it belongs to somebody else.
        </p>
        <Link to="/problems" className="btn btn-primary mt-3">
          To the problems
        </Link>
      </div>
    </CenteredCard>
  );
}
