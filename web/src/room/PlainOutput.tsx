import { useEffect, useMemo, useRef } from "react";

import type { Run } from "../api/types";
import { joinedOutput } from "../collab/runs";
import { OutputNotes } from "./OutputNotes";

/** What a run printed, as text: where there is, or can be, no terminal. */
export function PlainOutput({ run }: { run: Run }) {
  const chunks = useMemo(() => joinedOutput(run), [run]);
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [chunks]);
  return (
    <>
      <pre
        ref={box}
        data-testid="run-output"
        tabIndex={0}
        aria-label="What the program printed"
        className="min-h-0 flex-1 overflow-auto px-4 pb-3 font-mono text-[0.8125rem] leading-5 break-words whitespace-pre-wrap -outline-offset-2"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {chunks.map(({ stream, text }, index) => (
          <span
            key={index}
            data-stream={stream}
            className={stream === "stderr" ? "text-error" : ""}
            title={stream === "stderr" ? "standard error" : undefined}
          >
            {text}
          </span>
        ))}
      </pre>
      <OutputNotes run={run} />
    </>
  );
}
