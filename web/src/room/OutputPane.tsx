import { TerminalSquare } from "lucide-react";
import { useState } from "react";

import { useRuns } from "../api/queries";
import { useMayRun, usePractising, useRoom } from "./context";
import { RunHistory } from "./RunHistory";
import { RunView } from "./RunView";
import { StopButton } from "./StopButton";

export function OutputPane({ sessionId }: { sessionId: string }) {
  const live = useRoom((state) => state.runs);
  const ended = useRoom((state) => state.phase === "ended");
  const mayRun = useMayRun();
  // Whoever comes after the end gets no hello; the stored runs are still there to look at.
  const stored = useRuns(sessionId, ended && live.length === 0);
  const runs = live.length > 0 ? live : (stored.data ?? []);
  // Null follows the newest run; a new run also ends looking at an old one.
  const [picked, setPicked] = useState<{ id: string; among: number } | null>(null);
  const chosen = picked?.among === runs.length ? picked.id : null;
  const shown = runs.find((run) => run._id === chosen) ?? runs.at(-1);
  return (
    <section className="flex h-full flex-col" aria-label="Output" data-testid="output">
      <div className="border-base-300 flex h-9 shrink-0 items-center gap-3 border-b pr-2 pl-4">
        <h2 className="pane-title">Output</h2>
        <div className="ml-auto flex min-w-0 items-center gap-3">
          <RunHistory
            runs={runs}
            shown={shown?._id}
            pick={(id) => setPicked({ id, among: runs.length })}
          />
          {mayRun && !ended && shown && shown.status !== "finished" && (
            // where the code and its own button are in another tab
            <StopButton runId={shown._id} name="stop-here" className="min-[60rem]:hidden" />
          )}
        </div>
      </div>
      {shown ? <RunView key={shown._id} run={shown} /> : <NoRuns />}
    </section>
  );
}

function NoRuns() {
  const runner = useRoom((state) => state.runner);
  const ended = useRoom((state) => state.phase === "ended");
  const mayRun = useMayRun();
  const practising = usePractising();
  return (
    <div className="text-muted flex flex-1 items-center justify-center gap-2.5 px-4 text-center">
      <TerminalSquare className="size-4 shrink-0 max-sm:hidden" aria-hidden />
      {ended ? (
        <p>Nothing was run in this session.</p>
      ) : runner?.available === false ? (
        <p data-testid="runner-off">
          {runner.reason ?? "Running code is off on this server."} Everything else works.
        </p>
      ) : practising ? (
        <p>Run the open file to see its output here, or run the tests to see which of them pass.</p>
      ) : mayRun ? (
        <p>Run the open file to see its output here. Everybody sees it.</p>
      ) : (
        <p>The output of the first run will appear here.</p>
      )}
    </div>
  );
}

