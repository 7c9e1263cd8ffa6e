import type { Chunk, Run } from "../api/types";
import type { ServerEvent } from "./events";

type RunEvent = Extract<ServerEvent, { type: `run.${string}` }>;

/** The runs after one event: oldest first, the chunks of each in the order of `at`. */
export function applyRunEvent(runs: readonly Run[], event: RunEvent): readonly Run[] {
  if (event.type === "run.output") {
    return runs.map((run) => (run._id === event.id ? withChunk(run, event.at, event) : run));
  }
  if (event.type === "run.waiting") return changed(runs, event.id, { place: event.place });
  if (event.type === "run.stage") return changed(runs, event.id, { stage: event.stage });
  const known = runs.findIndex((run) => run._id === event.run._id);
  if (known < 0) return [...runs, event.run];
  // A start that was overtaken by its own output must not take the output away again.
  const output =
    event.type === "run.started" ? (runs[known]?.output ?? []) : event.run.output;
  return runs.with(known, { ...event.run, output });
}

const changed = (runs: readonly Run[], id: string, values: Partial<Run>): readonly Run[] =>
  runs.map((run) => (run._id === id ? { ...run, ...values } : run));

function withChunk(run: Run, at: number, { stream, text }: Chunk): Run {
  if (run.status === "finished" || run.output[at] !== undefined) return run;
  const output = run.output.slice();
  output[at] = { stream, text };
  return { ...run, output };
}

/** Whether only how it ended is known: a `hello` has no room for what older runs printed. */
export function leftOut({ status, truncated, output }: Run): boolean {
  return status === "finished" && truncated && output.length === 0;
}

/** Neighbouring chunks of one stream joined; holes (chunks still on the way) are skipped. */
export function joinedOutput(run: Run): Chunk[] {
  const joined: Chunk[] = [];
  run.output.forEach(({ stream, text }) => {
    const last = joined.at(-1);
    if (last?.stream === stream) last.text += text;
    else joined.push({ stream, text });
  });
  return joined;
}
