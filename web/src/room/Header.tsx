import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";

import type { Session } from "../api/types";
import { RoleBadge } from "../components/Badges";
import { LogoMark } from "../components/Logo";
import { ThemeToggle } from "../components/ThemeToggle";
import { useRoom } from "./context";
import { EndSession } from "./EndSession";
import { ConnectionChip, SavedChip } from "./Status";
import { TalkButton } from "./talk/TalkButton";

interface Props {
  sessionId: string;
  session: Session | null;
}

export function Header({ sessionId, session }: Props) {
  const role = useRoom((state) => state.role) ?? session?.role ?? null;
  const phase = useRoom((state) => state.phase);
  const ended = phase === "ended" || session?.status === "completed";
  return (
    <header className="border-base-300 bg-base-100 flex h-12 shrink-0 items-center gap-2 border-b px-2 sm:gap-3 sm:px-3">
      <Link
        to="/sessions"
        className="btn btn-ghost btn-sm gap-1.5 px-1.5"
        aria-label="Back to the sessions"
        title="Back to the sessions"
      >
        <ArrowLeft className="text-muted size-4" aria-hidden />
        <LogoMark className="size-6 max-sm:hidden" />
      </Link>
      <h1 className="min-w-0 truncate font-semibold">{session?.problem ?? "Session"}</h1>
      <span className="flex-1" />
      {role !== null && role !== "spectator" && !ended && <SavedChip />}
      <ConnectionChip />
      <span className="bg-base-300 mx-1 h-5 w-px max-sm:hidden" aria-hidden />
      {role && <RoleBadge role={role} testId="role" />}
      <TalkButton />
      <ThemeToggle />
      {role === "host" && !ended && <EndSession sessionId={sessionId} />}
    </header>
  );
}
