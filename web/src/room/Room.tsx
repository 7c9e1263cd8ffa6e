import { useEffect } from "react";

import { useSession } from "../api/queries";
import { toast } from "../toast";
import { Banner } from "./Banner";
import { useRoom } from "./context";
import { CursorStyles } from "./CursorStyles";
import { Header } from "./Header";
import { Panes } from "./Panes";
import { Refused } from "./Refused";
import { Removed } from "./Removed";

export function Room({ sessionId }: { sessionId: string }) {
  const stored = useSession(sessionId);
  const live = useRoom((state) => state.session);
  const loaded = useRoom((state) => state.loaded);
  const phase = useRoom((state) => state.phase);
  const removed = useRoom((state) => state.removed);
  const session = live ?? stored.data ?? null;

  useWarnBeforeLosing();
  useComplaints();
  useTitle(session?.problem);

  if (phase === "refused" && removed) return <Removed />;
  if (phase === "refused" && !loaded) return <Refused />;
  return (
    <div className="bg-base-200 flex h-dvh flex-col overflow-hidden">
      <Header sessionId={sessionId} session={session} />
      <Banner session={session} />
      <Panes sessionId={sessionId} session={session} />
      <CursorStyles />
    </div>
  );
}

/** The browser asks before a page with unsaved edits is closed. */
function useWarnBeforeLosing(): void {
  const unsaved = useRoom((state) => state.unsaved && state.phase !== "ended");
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved]);
}

function useComplaints(): void {
  const complaint = useRoom((state) => state.complaint);
  useEffect(() => {
    if (complaint) toast(complaint.message, "error");
  }, [complaint]);
}

function useTitle(problem: string | undefined): void {
  useEffect(() => {
    if (problem === undefined) return;
    const before = document.title;
    document.title = `${problem} · ${before}`;
    return () => {
      document.title = before;
    };
  }, [problem]);
}
