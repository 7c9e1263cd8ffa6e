import type { Case, Repl, Run, Verdict } from "../api/types";

interface Outcome {
  text: string;
  tint: string;
}

const VERDICTS: Record<Verdict, Outcome> = {
  ok: { text: "Finished", tint: "text-success" },
  error: { text: "Error", tint: "text-error" },
  timeout: { text: "Out of time", tint: "text-error" },
  memory: { text: "Out of memory", tint: "text-error" },
  output: { text: "Too much output", tint: "text-error" },
  stopped: { text: "Stopped", tint: "text-warning" },
  failed: { text: "Could not be started", tint: "text-error" },
};

/** How a run stands, in a word or two. */
export function outcome(run: Run): Outcome {
  if (run.verdict === "ok" && run.cases) return ofCases(run.cases);
  if (run.verdict !== null) return VERDICTS[run.verdict];
  return { text: underWay(run), tint: "text-info" };
}

/** What runs: a file, or the interpreter of a language. */
export function nameOf({ repl, path, language }: Run): string {
  return repl ? (REPLS.find((each) => each.repl === language)?.label ?? `${language} REPL`) : path;
}

export const REPLS: readonly { repl: Repl; label: string }[] = [
  { repl: "python", label: "Python REPL" },
  { repl: "javascript", label: "Node REPL" },
];

function underWay({ status, place, stage }: Run): string {
  if (status === "queued") return place === null ? "Waiting" : `${ordinal(place)} in the queue`;
  return stage === "compile" ? "Compiling" : "Running";
}

const ENDINGS = { zero: "th", one: "st", two: "nd", few: "rd", many: "th", other: "th" } as const;
const ORDER = new Intl.PluralRules("en", { type: "ordinal" });

export const ordinal = (place: number): string => `${place}${ENDINGS[ORDER.select(place)]}`;

/** Whether a run has passed every test there is, hidden ones too. */
export function passedAll(run: Run): boolean {
  const cases = run.cases ?? [];
  return run.verdict === "ok" && cases.length > 0 && cases.every(({ state }) => state === "passed");
}

function ofCases(cases: readonly Case[]): Outcome {
  const passed = cases.filter((each) => each.state === "passed").length;
  return {
    text: `${passed} of ${cases.length} ${cases.length === 1 ? "test" : "tests"} passed`,
    tint: passed === cases.length ? "text-success" : "text-error",
  };
}

/** The time of one call, which may be far below a millisecond. */
export function callTime(milliseconds: number): string {
  if (milliseconds >= 10) return duration(milliseconds);
  return milliseconds < 0.01 ? "< 0.01 ms" : `${milliseconds.toFixed(2)} ms`;
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

export function memory(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;
}
