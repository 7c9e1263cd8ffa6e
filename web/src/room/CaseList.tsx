import { CircleCheck } from "lucide-react";

import type { Case, Run } from "../api/types";
import { CaseRow } from "./CaseRow";
import { usePractising } from "./context";
import { passedAll } from "./verdicts";

const passedOf = (cases: readonly Case[]) =>
  cases.filter(({ state }) => state === "passed").length;

/** What became of each test of a run. */
export function CaseList({ run, cases }: { run: Run; cases: readonly Case[] }) {
  const visible = cases.filter(({ hidden }) => !hidden);
  const hidden = cases.filter((each) => each.hidden);
  return (
    <div
      className="flex flex-col gap-2 px-4 pt-1 pb-3"
      data-testid="cases"
      data-passed={passedOf(visible)}
      data-total={visible.length}
    >
      {passedAll(run) && <AllPassed count={cases.length} />}
      <ul className="flex flex-col gap-1.5">
        {visible.map((each) => (
          <CaseRow key={each.index} result={each} />
        ))}
      </ul>
      {hidden.length > 0 && <Hidden cases={hidden} />}
    </div>
  );
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

/** Hidden tests tell no more than whether they passed: a dot each. */
function Hidden({ cases }: { cases: readonly Case[] }) {
  const passed = passedOf(cases);
  return (
    <div
      className="border-base-300 rounded-field flex flex-wrap items-center gap-x-3 gap-y-1.5 border px-3 py-2 text-xs"
      data-testid="hidden-cases"
      data-passed={passed}
      data-total={cases.length}
    >
      <span className="font-medium">Hidden tests</span>
      <span className="flex flex-wrap gap-1" aria-hidden>
        {cases.map(({ index, state }) => (
          <span
            key={index}
            className={`size-2.5 rounded-full ${state === "passed" ? "bg-success" : "border-error border-2"}`}
          />
        ))}
      </span>
      <span className={`tabular-nums ${passed === cases.length ? "text-success" : "text-error"}`}>
        {passed} of {cases.length} passed
      </span>
    </div>
  );
}
