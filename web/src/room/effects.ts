import { useEffect } from "react";

import { useTitle } from "../title";
import { toast } from "../toast";
import { useConfetti } from "./celebrate";
import { useRoom } from "./context";

/** What every page with a room does beside showing it. */
export function useRoomEffects(title: string | undefined): void {
  useWarnBeforeLosing();
  useComplaints();
  useConfetti();
  useTitle(title);
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
