import { Check, Clock, MemoryStick, Minus, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";

import type { Case, CaseState } from "../api/types";
import { callTime, memory } from "./verdicts";

const STATES: Record<CaseState, { Icon: typeof Check; says: string }> = {
  passed: { Icon: Check, says: "passed" },
  failed: { Icon: X, says: "failed" },
  wrong: { Icon: X, says: "wrong" },
  error: { Icon: TriangleAlert, says: "error" },
  timeout: { Icon: Clock, says: "out of time" },
  memory: { Icon: MemoryStick, says: "out of memory" },
  not_run: { Icon: Minus, says: "not run" },
};

/** One visible test. */
export function CaseRow({ result }: { result: Case }) {
  const { index, state, args } = result;
  const passed = state === "passed";
  const { Icon, says } = STATES[state];
  const tint = passed ? "text-success" : state === "not_run" ? "text-muted" : "text-error";
  return (
    <li
      data-testid={`case-${index}`}
      data-passed={passed}
      data-state={state}
      className={`rounded-field border px-3 py-1.5 text-xs ${
        passed || state === "not_run" ? "border-base-300" : "border-error/40 bg-error/5"
      }`}
    >
      <div className="flex items-start gap-2">
        <Icon className={`mt-px size-4 shrink-0 ${tint}`} aria-hidden />
        <span className="shrink-0 font-medium">
          Test {index + 1}
          <span className={passed ? "sr-only" : `ml-1.5 font-normal ${tint}`}>{says}</span>
        </span>
        <span className="text-muted min-w-0 flex-1 font-mono break-words">{args}</span>
        <Cost result={result} />
      </div>
      {!passed && <Details result={result} />}
    </li>
  );
}

function Cost({ result: { ms, memoryBytes } }: { result: Case }) {
  if (ms === null) return null;
  return (
    <span
      className="text-muted shrink-0 tabular-nums"
      title="Time of this call; the most memory the program had up to here"
    >
      {callTime(ms)}
      {memoryBytes !== null && ` · ${memory(memoryBytes)}`}
    </span>
  );
}

/** What was expected, beside what came instead. */
function Details({ result: { state, expected, got, error, printed } }: { result: Case }) {
  return (
    <dl className="mt-1.5 mb-0.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 pl-6">
      <Detail name="Expected">{expected}</Detail>
      {got !== null && (
        <Detail name="Got" wrong>
          {got || <span className="font-sans italic">an empty line</span>}
        </Detail>
      )}
      {error !== null && (
        <Detail name="Error" wrong>
          {error}
        </Detail>
      )}
      {state === "timeout" && (
        <Detail name="Got" wrong>
          <span className="font-sans italic">nothing in the time there was</span>
        </Detail>
      )}
      {state === "memory" && error === null && (
        <Detail name="Got" wrong>
          <span className="font-sans italic">nothing: no memory was left</span>
        </Detail>
      )}
      {printed && <Detail name="Printed">{printed}</Detail>}
    </dl>
  );
}

interface DetailProps {
  name: string;
  wrong?: boolean;
  children: ReactNode;
}

function Detail({ name, wrong, children }: DetailProps) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className={`font-mono break-words whitespace-pre-wrap ${wrong ? "text-error" : ""}`}>
        {children}
      </dd>
    </>
  );
}
