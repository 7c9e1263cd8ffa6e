import { TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";

import { useCall, useOwn } from "./useCall";

/** What is wrong with one's devices, in words. */
export function Problems() {
  const call = useCall();
  const problems = useOwn((state) => state.problems);
  return (["mic", "camera", "screen"] as const).map((kind) => {
    const problem = problems[kind];
    return (
      problem !== null && (
        <Note
          key={kind}
          testId={`problem-${kind}`}
          icon={<TriangleAlert className="text-warning size-4" aria-hidden />}
          onClose={() => call.own.forget(kind)}
        >
          {problem}
        </Note>
      )
    );
  });
}

interface NoteProps {
  icon: ReactNode;
  children: ReactNode;
  testId: string;
  onClose?: () => void;
}

export function Note({ icon, children, testId, onClose }: NoteProps) {
  return (
    <div
      role="status"
      data-testid={testId}
      className="bg-base-200 flex items-start gap-2 rounded-lg px-2.5 py-2 text-xs *:first:mt-0.5 *:first:shrink-0"
    >
      {icon}
      <p className="min-w-0 flex-1 text-pretty">{children}</p>
      {onClose && (
        <button
          type="button"
          className="btn btn-ghost btn-xs btn-square -my-0.5"
          aria-label="Hide this"
          onClick={onClose}
        >
          <X className="size-3.5" aria-hidden />
        </button>
      )}
    </div>
  );
}
