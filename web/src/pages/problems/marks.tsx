import { Circle, CircleCheck, CircleDotDashed, type LucideIcon } from "lucide-react";

import type { Progress } from "../../api/types";

const MARKS: Record<Progress | "new", { text: string; icon: LucideIcon; tint: string }> = {
  new: { text: "Not tried yet", icon: Circle, tint: "text-base-300" },
  tried: { text: "Tried", icon: CircleDotDashed, tint: "text-warning" },
  solved: { text: "Solved", icon: CircleCheck, tint: "text-success" },
};

/** How far the reader has come with a problem, as a sign. */
export function ProgressMark({ progress }: { progress: Progress | null }) {
  const { text, icon: Icon, tint } = MARKS[progress ?? "new"];
  return (
    <span role="img" aria-label={text} title={text} className={`shrink-0 ${tint}`}>
      <Icon className="size-4.5" aria-hidden />
    </span>
  );
}

/** The same in words; nothing for a problem that was not tried. */
export function ProgressBadge({ progress }: { progress: Progress | null }) {
  if (progress === null) return null;
  const { text, icon: Icon, tint } = MARKS[progress];
  return (
    <span
      className={`flex items-center gap-1 text-xs font-medium whitespace-nowrap ${tint}`}
      data-testid="progress"
      data-state={progress}
      title={text}
    >
      <Icon className="size-4" aria-hidden />
      <span className="max-sm:sr-only">{text}</span>
    </span>
  );
}

export function OwnBadge() {
  return (
    <span className="text-host bg-host/12 text-2xs inline-flex shrink-0 items-center rounded px-1.5 leading-4.5 font-semibold">
      Yours
    </span>
  );
}
