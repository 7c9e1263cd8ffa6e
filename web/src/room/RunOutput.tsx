import { lazy, Suspense } from "react";

import type { Run } from "../api/types";
import { PlainOutput } from "./PlainOutput";
import { RunInput } from "./RunInput";
import { FONT } from "./terminal/font";

interface Props {
  run: Run;
  /** Whether this person may type to running programs at all. */
  mayType: boolean;
}

/** What a run prints, and, while it runs, what it is typed to with. */
export function RunOutput(props: Props) {
  const { run, mayType } = props;
  return (
    <Suspense fallback={<PlainOutput run={run} />}>
      <TerminalView {...props} />
      {mayType && run.status === "running" && run.terminal !== true && <RunInput runId={run._id} />}
    </Suspense>
  );
}

/** The terminal, which comes with the first run; the plain view where it cannot be loaded. */
const TerminalView = lazy(async () => {
  try {
    // It measures its characters once: the font has to be there before.
    const font = document.fonts.load(`${FONT.size}px ${FONT.family}`);
    const [module] = await Promise.all([import("./terminal/TerminalView"), font]);
    return module;
  } catch {
    return { default: WithoutTerminal };
  }
});

function WithoutTerminal({ run, mayType }: Props) {
  return (
    <>
      <PlainOutput run={run} />
      {mayType && run.status === "running" && run.terminal === true && <RunInput runId={run._id} />}
    </>
  );
}
