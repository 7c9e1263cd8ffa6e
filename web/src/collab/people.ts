import type { Member, PersonRef, Role, Session } from "../api/types";
import type { Person } from "./events";

export interface Seat {
  _id: string;
  name: string;
  role: Role;
  online: boolean;
  /** Awareness client ids, one for each open tab. */
  clients: readonly number[];
}

const ORDER: Record<Role, number> = { host: 0, participant: 1, spectator: 2 };

/**
 * Everybody to show: who is connected, and the host and participant also while they are away; of
 * others who are away those among `members`.
 */
export function seats(
  people: readonly Person[],
  session: Session | null,
  members: readonly Member[] = [],
): Seat[] {
  const shown = new Map<string, Seat>();
  const absent = ({ _id, name }: PersonRef, role: Role) => {
    if (!shown.has(_id)) shown.set(_id, { _id, name, role, online: false, clients: [] });
  };
  for (const person of people) shown.set(person._id, { ...person, online: true });
  if (session) absent(session.host, "host");
  if (session?.participant) absent(session.participant, "participant");
  for (const member of members) if (member.role === "spectator") absent(member, "spectator");
  return [...shown.values()].sort(
    (a, b) => ORDER[a.role] - ORDER[b.role] || a.name.localeCompare(b.name),
  );
}

/** A string as the value of the CSS property `content`, whatever is in it. */
export function cssString(text: string): string {
  const escaped = text.replace(
    /[^\p{L}\p{N} .-]/gu,
    (character) => `\\${(character.codePointAt(0) ?? 0xfffd).toString(16)} `,
  );
  return `"${escaped}"`;
}

/** The style rules for the cursors of everybody else: name and colour by role, from the roster. */
export function cursorRules(people: readonly Person[], ownClient: number): string {
  return people
    .flatMap(({ name, role, clients }) =>
      clients
        .filter((client) => client !== ownClient)
        .map(
          (client) =>
            `.yRemoteSelection-${client}, .yRemoteSelectionHead-${client} ` +
            `{ --person: var(--color-${role}); --on-person: var(--color-on-${role}); }\n` +
            `.yRemoteSelectionHead-${client}::after { content: ${cssString(name)}; }`,
        ),
    )
    .join("\n");
}
