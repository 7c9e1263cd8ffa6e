import type { Run } from "../api/types";

/** What is to be said of the output beside showing it. */
export function OutputNotes({ run }: { run: Run }) {
  if (run.truncated) return <Note>The rest of the output was cut off.</Note>;
  if (run.status === "finished" && run.output.length === 0) return <Note>It printed nothing.</Note>;
  return null;
}

function Note({ children }: { children: string }) {
  return <p className="text-muted shrink-0 px-4 pb-2 text-xs italic">{children}</p>;
}
