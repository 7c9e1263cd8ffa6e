import { CircleStop, CloudOff, Split, TriangleAlert, Unplug } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useMe } from "../api/queries";
import type { Session } from "../api/types";
import { clock } from "../time";
import { useRoom } from "./context";

/** One line under the header for whatever everybody in the room must know now; usually nothing. */
export function Banner({ session }: { session: Session | null }) {
  const phase = useRoom((state) => state.phase);
  const restarting = useRoom((state) => state.restarting);
  const unsaved = useRoom((state) => state.unsaved);
  const degraded = useRoom((state) => state.degraded);
  const apart = useRoom((state) => state.apart);
  const refusal = useRoom((state) => state.refusal);
  const role = useRoom((state) => state.role);

  if (phase === "ended" || session?.status === "completed") return <Ended session={session} />;
  if (phase === "refused") {
    return (
      <Bar tint="bg-error/12" icon={<Unplug className="text-error size-4" aria-hidden />}>
        <strong className="font-semibold">Disconnected.</strong> {refusal}{" "}
        {unsaved && "Your last edits were not saved: copy what you need. "}
        <button
          type="button"
          className="link font-medium"
          onClick={() => window.location.reload()}
        >
          Load the page again
        </button>
      </Bar>
    );
  }
  if (phase === "reconnecting" && !restarting) {
    return (
      <Bar tint="bg-warning/14" icon={<CloudOff className="text-warning size-4" aria-hidden />}>
        <strong className="font-semibold">Connection lost, reconnecting.</strong>{" "}
        {role === "spectator"
          ? "You will see the latest state again in a moment."
          : unsaved
            ? "Your edits are kept here and will be sent as soon as the server is back."
            : "Go on typing: edits are kept here and will be sent as soon as the server is back."}
      </Bar>
    );
  }
  if (degraded) {
    return (
      <Bar
        tint="bg-warning/14"
        icon={<TriangleAlert className="text-warning size-4" aria-hidden />}
      >
        <strong className="font-semibold">
          {degraded.readOnly ? "Editing is paused." : "Not saved yet."}
        </strong>{" "}
        {degraded.message}
      </Bar>
    );
  }
  if (apart) {
    return (
      <Bar tint="bg-warning/14" icon={<Split className="text-warning size-4" aria-hidden />}>
        <strong className="font-semibold">Some people may be out of sight.</strong> The servers
        cannot reach each other. What you write is saved, and comes together by itself.
      </Bar>
    );
  }
  return null;
}

function Ended({ session }: { session: Session | null }) {
  const me = useMe();
  const guest = me.data?.kind === "guest";
  return (
    <Bar
      tint="bg-base-300/60"
      icon={<CircleStop className="text-muted size-4" aria-hidden />}
      testId="ended"
    >
      <strong className="font-semibold">This session has ended</strong>
      {session?.endedAt && ` at ${clock(session.endedAt)}`}. Nothing can be changed any more.{" "}
      {guest ? (
        "Thank you for taking part; you can close this page."
      ) : (
        <Link to="/sessions" className="link font-medium">
          Back to the sessions
        </Link>
      )}
    </Bar>
  );
}

interface BarProps {
  tint: string;
  icon: ReactNode;
  children: ReactNode;
  testId?: string;
}

function Bar({ tint, icon, children, testId = "banner" }: BarProps) {
  return (
    <div className="bg-base-100 shrink-0" role="status" data-testid={testId}>
      <div
        className={`border-base-300 flex items-start gap-2.5 border-b px-4 py-2 *:first:mt-0.5 *:first:shrink-0 ${tint}`}
      >
        {icon}
        <p className="min-w-0 text-pretty">{children}</p>
      </div>
    </div>
  );
}
