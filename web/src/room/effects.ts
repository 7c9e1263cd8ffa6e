import { useEffect } from "react";

import { useTitle } from "../title";
import { toast } from "../toast";
import { useConfetti } from "./celebrate";
import { useChat } from "./chat/useChat";
import { useRoom } from "./context";

/** What every page with a room does beside showing it. */
export function useRoomEffects(title: string | undefined): void {
  useWarnBeforeLosing();
  useComplaints();
  useConfetti();
  useTitle(title);
}

/** The browser asks before a page is closed with edits or messages that the server has not taken. */
function useWarnBeforeLosing(): void {
  const ended = useRoom((state) => state.phase === "ended");
  const unsaved = useRoom((state) => state.unsaved);
  const unsent = useChat((state) => state.outgoing.length > 0);
  const losing = !ended && (unsaved || unsent);
  useEffect(() => {
    if (!losing) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [losing]);
}

function useComplaints(): void {
  const complaint = useRoom((state) => state.complaint);
  useEffect(() => {
    if (complaint) toast(complaint.message, "error");
  }, [complaint]);
}
