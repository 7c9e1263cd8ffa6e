import { Link, useLocation } from "react-router";

import type { Problem, User } from "../../api/types";
import { ProblemText } from "../../components/ProblemText";
import { TopBar } from "../../components/TopBar";
import { useTitle } from "../../title";

/** A problem to read, for who has no account to practise with. */
export function Statement({ problem, me }: { problem: Problem; me: User | null }) {
  const { pathname } = useLocation();
  useTitle(problem.title);
  return (
    <>
      <TopBar me={me} />
      <main className="mx-auto grid max-w-5xl items-start gap-4 px-4 py-6 sm:px-6 lg:grid-cols-[minmax(0,1fr)_20rem] lg:py-10">
        <div className="card-surface py-1" data-testid="problem">
          <ProblemText problem={problem} heading="h1" />
        </div>
        <aside
          className="card-surface flex flex-col gap-1 p-5 max-lg:order-first lg:sticky lg:top-6"
          aria-label="Practise"
        >
          <h2 className="font-semibold">Solve it here</h2>
          <p className="text-muted text-pretty">
            An editor with starters in Python, JavaScript and Java, tests to run, and your progress
            kept.
          </p>
          <div className="mt-3 grid gap-2 sm:grid-cols-2 lg:grid-cols-1">
            <Link to={`/signin?next=${pathname}`} className="btn btn-primary">
              Sign in to practise
            </Link>
            <Link to={`/register?next=${pathname}`} className="btn btn-quiet">
              Make an account
            </Link>
          </div>
        </aside>
      </main>
    </>
  );
}
