import { useSessionProblem } from "../api/problems";
import { ProblemText } from "../components/ProblemText";
import { Failed, SkeletonRows } from "../components/States";

export function ProblemPane({ sessionId }: { sessionId: string }) {
  const problem = useSessionProblem(sessionId);
  return (
    <section className="h-full overflow-y-auto" aria-label="Problem" data-testid="problem" tabIndex={0}>
      {problem.isError ? (
        <Failed error={problem.error} retry={() => void problem.refetch()} />
      ) : problem.data ? (
        <ProblemText problem={problem.data} />
      ) : (
        <SkeletonRows rows={8} />
      )}
    </section>
  );
}
