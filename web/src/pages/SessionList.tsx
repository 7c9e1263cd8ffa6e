import { ArrowRight } from "lucide-react";
import { Link, useNavigate } from "react-router";

import { messageOf } from "../api/client";
import { useJoinSession } from "../api/queries";
import type { Session } from "../api/types";
import { DifficultyBadge, RoleBadge } from "../components/Badges";
import { ago } from "../time";
import { toast } from "../toast";

export function SessionList({ sessions }: { sessions: Session[] }) {
  return (
    <ul className="divide-base-300 divide-y">
      {sessions.map((session) => (
        <Row key={session._id} session={session} />
      ))}
    </ul>
  );
}

function people({ host, participant, role }: Session): string {
  if (role === "host") return participant ? `with ${participant.name}` : "nobody has joined yet";
  return role === "participant" || !participant
    ? `with ${host.name}`
    : `${host.name} and ${participant.name}`;
}

function Row({ session }: { session: Session }) {
  const ended = session.status === "completed";
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{session.problem}</span>
          <DifficultyBadge difficulty={session.difficulty} />
          {session.role && <RoleBadge role={session.role} />}
        </div>
        <p className="text-muted truncate text-xs">
          {people(session)} · {ended ? "ended" : "started"}{" "}
          {ago(ended ? (session.endedAt ?? session.updatedAt) : session.createdAt)}
        </p>
      </div>
      {session.role == null && !ended ? (
        <JoinButton session={session} />
      ) : (
        <Link
          to={`/sessions/${session._id}`}
          className={`btn btn-sm ${ended ? "btn-quiet" : "btn-primary"}`}
          aria-label={`${ended ? "Look at" : "Open"} ${session.problem}, ${people(session)}`}
        >
          {ended ? "Look" : "Open"} <ArrowRight className="size-3.5" aria-hidden />
        </Link>
      )}
    </li>
  );
}

function JoinButton({ session }: { session: Session }) {
  const navigate = useNavigate();
  const join = useJoinSession();
  return (
    <button
      type="button"
      className="btn btn-sm btn-quiet"
      disabled={join.isPending}
      aria-label={`Join ${session.problem} with ${session.host.name}`}
      onClick={() =>
        join.mutate(session._id, {
          onSuccess: () => void navigate(`/sessions/${session._id}`),
          onError: (error) => toast(messageOf(error), "error"),
        })
      }
    >
      Join as candidate
    </button>
  );
}
