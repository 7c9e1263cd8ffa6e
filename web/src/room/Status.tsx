import { CloudOff, CloudUpload, Check, type LucideIcon, TriangleAlert } from "lucide-react";

import type { Phase } from "../collab/connection";
import { useRoom } from "./context";

const CONNECTION: Record<Phase, { text: string; dot: string }> = {
  connecting: { text: "Connecting…", dot: "bg-warning animate-pulse" },
  connected: { text: "Live", dot: "bg-success" },
  reconnecting: { text: "Reconnecting…", dot: "bg-warning animate-pulse" },
  ended: { text: "Ended", dot: "bg-muted" },
  refused: { text: "Disconnected", dot: "bg-error" },
};

export function ConnectionChip() {
  const phase = useRoom((state) => state.phase);
  const restarting = useRoom((state) => state.restarting);
  const { text, dot } = CONNECTION[restarting ? "connected" : phase];
  return (
    <span
      className="text-muted flex items-center gap-1.5 text-xs font-medium whitespace-nowrap"
      data-testid="connection"
      data-state={phase}
      role="status"
      title={`Connection: ${text}`}
    >
      <span className={`size-2 rounded-full ${dot}`} aria-hidden />
      <span className={phase === "connected" ? "max-sm:sr-only" : ""}>{text}</span>
    </span>
  );
}

type SavedState = "saved" | "saving" | "offline" | "degraded";

const SAVED: Record<SavedState, { text: string; icon: LucideIcon; tint: string }> = {
  saved: { text: "Saved", icon: Check, tint: "text-muted" },
  saving: { text: "Saving…", icon: CloudUpload, tint: "text-muted" },
  offline: { text: "Kept here", icon: CloudOff, tint: "text-warning" },
  degraded: { text: "Not saved yet", icon: TriangleAlert, tint: "text-warning" },
};

export function SavedChip() {
  const state = useRoom(({ phase, restarting, unsaved, degraded }): SavedState => {
    if (phase !== "connected" && !restarting) return "offline";
    if (degraded) return "degraded";
    return unsaved ? "saving" : "saved";
  });
  const { text, icon: Icon, tint } = SAVED[state];
  return (
    <span
      className={`flex items-center gap-1 text-xs font-medium whitespace-nowrap sm:w-24 sm:justify-end ${tint}`}
      data-testid="saved"
      data-state={state}
      title={text}
    >
      <Icon className="size-3.5" aria-hidden />
      <span className="max-sm:sr-only">{text}</span>
    </span>
  );
}
