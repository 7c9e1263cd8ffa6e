import { CircleCheck, CircleX } from "lucide-react";

import { useWholeRun } from "../api/queries";
import type { Run } from "../api/types";
import { leftOut } from "../collab/runs";
import { CaseList } from "./CaseList";
import { useMayRun, usePractising } from "./context";
import { PlainOutput } from "./PlainOutput";
import { RunOutput } from "./RunOutput";
import { duration, memory, nameOf, outcome } from "./verdicts";

/** In place of what a run printed, by how asking for it stands; it is not told of the oldest. */
const WITHOUT_OUTPUT = {
  pending: "Loading what it printed…",
  error: "What it printed could not be loaded.",
  success: "What it printed is not shown any more: many runs came after it.",
};

export function RunView({ run: told }: { run: Run }) {
  const missing = leftOut(told);
  const whole = useWholeRun(told, missing);
  const run = whole.data ?? told;
  const mayType = useMayRun();
  return (
    <div
      className="flex min-h-0 flex-1 flex-col"
      data-testid="run-view"
      data-run={run._id}
      data-status={run.status}
      data-verdict={run.verdict ?? ""}
    >
      <Summary run={run} />
      {run.cases ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <CaseList run={run} cases={run.cases} />
          <h3 className="pane-title px-4 pb-1">Printed</h3>
          <PlainOutput run={run} />
        </div>
      ) : missing && !whole.data ? (
        <p className="text-muted px-4 text-sm italic" data-testid="run-left-out">
          {WITHOUT_OUTPUT[whole.status]}
        </p>
      ) : (
        <RunOutput run={run} mayType={mayType} />
      )}
    </div>
  );
}

function Summary({ run }: { run: Run }) {
  const practising = usePractising();
  const { text, tint } = outcome(run);
  const facts = [
    run.exitCode !== null && run.verdict === "error" && `exit code ${run.exitCode}`,
    run.signal !== null && run.signal,
    run.wallMs !== null && duration(run.wallMs),
    run.cpuMs !== null && `${duration(run.cpuMs)} CPU`,
    run.memoryBytes !== null && memory(run.memoryBytes),
  ].filter(Boolean);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-2.5 pb-1.5 text-xs">
      <span className={`flex items-center gap-1.5 font-semibold ${tint}`} role="status">
        {run.status !== "finished" && (
          <span className="loading loading-spinner size-3" aria-hidden />
        )}
        {text}
      </span>
      {run.matchesExpected !== null && !run.cases && <Match yes={run.matchesExpected} />}
      <span className="text-muted tabular-nums">{facts.join(" · ")}</span>
      <span className="text-muted ml-auto">
        <span className="font-mono">{nameOf(run)}</span>
        {!practising && ` by ${run.by.name}`}
      </span>
    </div>
  );
}

function Match({ yes }: { yes: boolean }) {
  const Icon = yes ? CircleCheck : CircleX;
  return (
    <span
      data-testid="matches"
      data-state={yes ? "yes" : "no"}
      className={`rounded-selector flex items-center gap-1 px-1.5 py-0.5 font-medium ${
        yes ? "bg-success/12 text-success" : "bg-warning/14 text-warning"
      }`}
    >
      <Icon className="size-3.5" aria-hidden />
      {yes ? "matches the expected output" : "differs from the expected output"}
    </span>
  );
}
