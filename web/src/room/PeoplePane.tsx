import { Eye } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { Awareness } from "y-protocols/awareness";

import { useMembers } from "../api/people";
import type { Session } from "../api/types";
import { type Seat, seats } from "../collab/people";
import { Avatar } from "../components/Avatar";
import { RoleBadge } from "../components/Badges";
import { useConnection, useRoom } from "./context";
import { InviteLinks } from "./InviteLinks";
import { RemovePerson } from "./RemovePerson";

interface Props {
  sessionId: string;
  session: Session | null;
}

export function PeoplePane({ sessionId, session }: Props) {
  const people = useRoom((state) => state.people);
  const you = useRoom((state) => state.you);
  const phase = useRoom((state) => state.phase);
  const role = useRoom((state) => state.role);
  const { awareness } = useConnection();
  const files = useOpenFiles(awareness);
  const restarting = useRoom((state) => state.restarting);
  const live = phase === "connected" || restarting;
  const hosting = role === "host" && phase !== "ended" && phase !== "refused";
  const members = useMembers(sessionId, hosting).data;
  const rows = useMemo(() => seats(people, session, members), [people, session, members]);
  useWhoCame(sessionId, hosting);
  return (
    <section className="h-full overflow-y-auto px-5 py-4" aria-label="People">
      <h2 className="pane-title mb-2.5">People</h2>
      <ul className="flex flex-col gap-2" data-testid="people">
        {rows.map((seat) => (
          <Row
            key={seat._id}
            seat={seat}
            more={
              hosting &&
              seat.role !== "host" && <RemovePerson sessionId={sessionId} seat={seat} />
            }
            online={live && seat.online}
            own={seat._id === you?._id}
            image={pictureOf(session, seat._id)}
            note={
              live
                ? whereabouts(seat, files)
                : phase === "ended"
                  ? ""
                  : seat._id === you?._id
                    ? "not connected"
                    : "unknown until you are back"
            }
          />
        ))}
      </ul>
      {hosting && (
        <InviteLinks sessionId={sessionId} waiting={session !== null && !session.participant} />
      )}
    </section>
  );
}

interface RowProps {
  seat: Seat;
  online: boolean;
  own: boolean;
  image: string | null | undefined;
  note: string;
  more: ReactNode;
}

function pictureOf(session: Session | null, personId: string): string | null | undefined {
  const known = [session?.host, session?.participant];
  return known.find((person) => person?._id === personId)?.profileImage;
}

function whereabouts(seat: Seat, files: ReadonlyMap<number, string>): string {
  if (!seat.online) return "not here";
  return seat.clients.map((client) => files.get(client)).find(Boolean) ?? "in the room";
}

function Row({ seat, online, own, image, note, more }: RowProps) {
  return (
    <li
      className="flex items-center gap-2.5"
      data-person={seat.name}
      data-role={seat.role}
      data-online={online}
    >
      <Avatar name={seat.name} role={seat.role} image={image} online={online} />
      <div className="min-w-0 flex-1 leading-tight">
        <div className="flex items-center gap-1.5">
          <span className={`truncate font-medium ${online ? "" : "text-muted"}`}>{seat.name}</span>
          {own && <span className="text-muted text-xs">you</span>}
        </div>
        <p className="text-muted flex items-center gap-1 text-xs">
          {online && seat.role === "spectator" && <Eye className="size-3" aria-hidden />}
          {note}
        </p>
      </div>
      <RoleBadge role={seat.role} />
      {more}
    </li>
  );
}

/** Asks again who belongs to the session and by which link, whenever others are in the room. */
function useWhoCame(sessionId: string, hosting: boolean): void {
  const client = useQueryClient();
  const here = useRoom((state) => state.people.map(({ _id }) => _id).join(" "));
  useEffect(() => {
    if (!hosting) return;
    for (const list of ["invites", "members"]) {
      void client.invalidateQueries({ queryKey: [list, sessionId] });
    }
  }, [client, sessionId, hosting, here]);
}

/** Awareness client -> the file it looks at. What a client claims, shown beside its server-given name. */
function useOpenFiles(awareness: Awareness): ReadonlyMap<number, string> {
  const [files, setFiles] = useState<ReadonlyMap<number, string>>(new Map());
  useEffect(() => {
    const read = () => {
      const next = new Map<number, string>();
      for (const [client, state] of awareness.getStates()) {
        if (typeof state.file === "string") next.set(client, state.file.slice(0, 100));
      }
      setFiles((before) => (same(before, next) ? before : next));
    };
    awareness.on("change", read);
    read();
    return () => awareness.off("change", read);
  }, [awareness]);
  return files;
}

function same(a: ReadonlyMap<number, string>, b: ReadonlyMap<number, string>): boolean {
  return a.size === b.size && [...a].every(([client, file]) => b.get(client) === file);
}
