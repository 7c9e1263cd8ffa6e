import { ArrowRight } from "lucide-react";
import { Link, useNavigate } from "react-router";

import { messageOf } from "../api/client";
import { useJoinSession } from "../api/queries";
import type { Session } from "../api/types";
import { DifficultyBadge, RoleBadge, SeatBadge } from "../components/Badges";
import { ago, duration } from "../time";
import { toast } from "../toast";

function people({ host, participant, role }: Session): string {
  if (role === "host") return participant ? `with ${participant.name}` : "nobody has joined yet";
  if (role == null) return `by ${host.name}`;
  return role === "participant" || !participant
    ? `with ${host.name}`
    : `${host.name} and ${participant.name}`;
}

function times({ status, createdAt, updatedAt, endedAt }: Session): string {
  if (status === "active") return `started ${ago(createdAt)}`;
  const end = endedAt ?? updatedAt;
  return `${duration(createdAt, end)} · ${ago(end)}`;
}

/** One session of a list, and what the person who looks at it can do with it. */
export function SessionRow({ session }: { session: Session }) {
  const ended = session.status === "completed";
  const foreign = session.role == null;
  return (
    <li className="flex items-center gap-3 px-4 py-3" data-testid="session" data-id={session._id}>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="max-w-full truncate font-medium max-sm:basis-full">{session.problem}</span>
          <DifficultyBadge difficulty={session.difficulty} />
          {session.role && <RoleBadge role={session.role} />}
          {!ended && <SeatBadge full={session.full} />}
        </div>
        <p className="text-muted mt-0.5 text-xs sm:truncate">
          {people(session)} · {times(session)}
        </p>
      </div>
      {foreign && !ended ? <JoinButton session={session} /> : <OpenLink session={session} />}
    </li>
  );
}

function OpenLink({ session }: { session: Session }) {
  const ended = session.status === "completed";
  // a host whose candidate has not come was perhaps never in the room
  const label = ended ? "Look" : session.role === "host" && !session.full ? "Open" : "Rejoin";
  return (
    <Link
      to={`/sessions/${session._id}`}
      className={`btn btn-sm ${ended ? "btn-quiet" : "btn-primary"}`}
      aria-label={`${ended ? "Look at" : label} ${session.problem}, ${people(session)}`}
    >
      {label} <ArrowRight className="size-3.5" aria-hidden />
    </Link>
  );
}

function JoinButton({ session }: { session: Session }) {
  const navigate = useNavigate();
  const join = useJoinSession();
  if (session.full) return null;
  // not by callbacks of `mutate`: the row is gone as soon as the list says whose session it is now
  const enter = () =>
    join.mutateAsync(session._id).then(
      () => navigate(`/sessions/${session._id}`),
      (error: unknown) => toast(messageOf(error), "error"),
    );
  return (
    <button
      type="button"
      className="btn btn-sm btn-quiet"
      disabled={join.isPending}
      aria-label={`Join ${session.problem} with ${session.host.name} as candidate`}
      onClick={() => void enter()}
    >
      <span className="sm:hidden">Join</span>
      <span className="max-sm:hidden">Join as candidate</span>
    </button>
  );
}
