import { Check, CircleCheck, X } from "lucide-react";

import { useSessionProblem } from "../api/problems";
import type { Case, Problem, Run } from "../api/types";
import { shown } from "../json";
import { usePractising } from "./context";

/** What became of each test of a run. */
export function CaseList({ run, cases }: { run: Run; cases: readonly Case[] }) {
  const problem = useSessionProblem(run.session).data;
  const passed = cases.filter((each) => each.passed).length;
  return (
    <div
      className="flex flex-col gap-2 px-4 pt-1 pb-3"
      data-testid="cases"
      data-passed={passed}
      data-total={cases.length}
    >
      {passed === cases.length && <AllPassed count={cases.length} />}
      <ul className="flex flex-col gap-1.5">
        {cases.map((each) => (
          <CaseRow key={each.index} result={each} call={callOf(problem, each.index)} />
        ))}
      </ul>
    </div>
  );
}

/** The arguments of a test by name, as the statement writes them. */
function callOf(problem: Problem | undefined, index: number): string | null {
  const test = problem?.tests[index];
  if (problem === undefined || test === undefined) return null;
  return problem.signature.parameters
    .map(({ name }, at) => `${name} = ${shown(test.args[at])}`)
    .join(", ");
}

/** Values come as they are, or as the text that was printed. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : shown(value);
}

function AllPassed({ count }: { count: number }) {
  const practising = usePractising();
  return (
    <p
      className="bg-success/10 text-success rounded-field flex items-center gap-2.5 px-3 py-2.5 font-medium"
      data-testid="all-passed"
    >
      <CircleCheck className="animate-arrive size-5 shrink-0" aria-hidden />
      {count === 1 ? "The test passes." : `All ${count} tests pass.`}
      {practising && " Well done."}
    </p>
  );
}

function CaseRow({ result, call }: { result: Case; call: string | null }) {
  const { index, passed, expected, got } = result;
  const Icon = passed ? Check : X;
  return (
    <li
      data-testid={`case-${index}`}
      data-passed={passed}
      className={`rounded-field border px-3 py-1.5 text-xs ${
        passed ? "border-base-300" : "border-error/40 bg-error/5"
      }`}
    >
      <div className="flex items-start gap-2">
        <Icon
          className={`mt-px size-4 shrink-0 ${passed ? "text-success" : "text-error"}`}
          aria-hidden
        />
        <span className="shrink-0 font-medium">
          Test {index + 1}
          <span className="sr-only">{passed ? " passed" : " failed"}</span>
        </span>
        <span className="text-muted min-w-0 font-mono break-words">{call}</span>
      </div>
      {!passed && (
        <dl className="mt-1.5 mb-0.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 pl-6">
          <dt className="text-muted">Expected</dt>
          <dd className="font-mono break-words whitespace-pre-wrap">{textOf(expected)}</dd>
          <dt className="text-muted">Got</dt>
          <dd className="text-error font-mono break-words whitespace-pre-wrap">
            {got == null ? (
              <span className="font-sans italic">nothing: the program ended before</span>
            ) : (
              textOf(got) || <span className="font-sans italic">an empty line</span>
            )}
          </dd>
        </dl>
      )}
    </li>
  );
}
