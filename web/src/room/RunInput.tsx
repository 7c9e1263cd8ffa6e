import { type SubmitEvent, useState } from "react";

import { toast } from "../toast";
import { useConnection } from "./context";

/** A line for the running program's standard input. */
export function RunInput({ runId }: { runId: string }) {
  const connection = useConnection();
  const [line, setLine] = useState("");
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (connection.send({ type: "run.stdin", id: runId, data: `${line}\n` })) setLine("");
    else toast("Not connected: the line was not sent", "error");
  };
  return (
    <form className="border-base-300 flex shrink-0 items-center gap-2 border-t px-4" onSubmit={submit}>
      <span className="text-muted font-mono text-xs" aria-hidden>
        &gt;
      </span>
      <input
        className="h-8 min-w-0 flex-1 bg-transparent font-mono text-[0.8125rem] focus-visible:outline-none"
        aria-label="Send a line to the program"
        placeholder="Type a line for the program, Enter sends it"
        data-testid="run-stdin"
        autoComplete="off"
        value={line}
        onChange={(event) => setLine(event.target.value)}
      />
    </form>
  );
}
