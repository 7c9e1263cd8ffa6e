import { ListChecks, Play } from "lucide-react";
import { useEffect, useEffectEvent } from "react";

import { messageOf } from "../api/client";
import { type Order, useStartRun } from "../api/queries";
import type { File } from "../collab/document";
import { toast } from "../toast";
import { useConnection, useRoom } from "./context";
import { ReplMenu } from "./ReplMenu";
import { StopButton } from "./StopButton";
import { latestSize } from "./terminal/size";

const MAC = /Mac|iP(hone|ad)/.test(navigator.userAgent);
const CONTROL = MAC ? "⌘" : "Ctrl";
const LONGEST_WAIT_MS = 1000;

interface Props {
  sessionId: string;
  /** The active file: it is what runs, whatever is on this screen. */
  file: File | undefined;
  onRun?: () => void;
}

export function RunControls({ sessionId, file, onRun }: Props) {
  const connection = useConnection();
  const role = useRoom((state) => state.role);
  const connected = useRoom((state) => state.phase === "connected");
  const ended = useRoom((state) => state.phase === "ended" || state.phase === "refused");
  const runner = useRoom((state) => state.runner);
  const going = useRoom((state) => state.runs.find((run) => run.status !== "finished"));
  const start = useStartRun(sessionId);
  const language = runner?.languages.find((entry) => entry.language === file?.language)?.language;
  const why = runner && !runner.available ? (runner.reason ?? "Running code is off.") : null;
  const unfit = file && language === undefined ? `${file.path} cannot be run here` : null;
  const mayRun = role === "host" || role === "participant";
  const idle = mayRun && connected && why === null && !going && !start.isPending;
  const ready = idle && language !== undefined;

  const begin = async (order: Order) => {
    onRun?.();
    // What runs is the server's text: let the last keystrokes arrive there first.
    await connection.settled(LONGEST_WAIT_MS);
    start.mutate({ ...order, ...(!("tests" in order) && sized()) }, { onError: (error) => toast(messageOf(error), "error") });
  };
  const run = async (tests: boolean) => {
    if (ready) await begin({ language, ...(tests && { tests }) });
  };
  useRunShortcut((tests) => void run(tests));

  if (!mayRun || ended) return null;
  return (
    <div className="flex shrink-0 items-center gap-1.5 px-2">
      {going ? (
        <StopButton runId={going._id} name="stop" />
      ) : (
        <>
          <button
            type="button"
            data-testid="run-tests"
            className="btn btn-sm btn-quiet h-7 max-sm:px-2.5"
            disabled={!ready}
            aria-label="Run tests"
            title={why ?? unfit ?? `Run the problem's tests (${CONTROL} Shift Enter)`}
            onClick={() => void run(true)}
          >
            <ListChecks className="size-3.5 max-sm:hidden" aria-hidden />
            <span className="max-sm:hidden">Run tests</span>
            <span className="sm:hidden">Tests</span>
          </button>
          <button
            type="button"
            data-testid="run"
            className="btn btn-sm btn-primary h-7 max-sm:px-2.5"
            disabled={!ready}
            title={why ?? unfit ?? `Run ${file?.path ?? ""} (${CONTROL} Enter)`}
            onClick={() => void run(false)}
          >
            <Play className="size-3 fill-current max-sm:hidden" aria-hidden /> Run
            <kbd className="text-2xs font-normal opacity-75 max-md:hidden">{CONTROL} ↵</kbd>
          </button>
          <ReplMenu disabled={!idle} start={(repl) => void begin({ repl })} />
        </>
      )}
    </div>
  );
}

/** As large as the terminal of whoever starts the run, where there was one before. */
function sized() {
  const terminal = latestSize();
  return terminal && { terminal };
}

/**
 * Ctrl or Cmd with Enter runs, with Shift it runs the tests, wherever the focus is; taken before
 * Monaco makes a new line of it.
 */
function useRunShortcut(run: (tests: boolean) => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) run(event.shiftKey);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, []);
}
