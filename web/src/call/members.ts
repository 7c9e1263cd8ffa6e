import type { CallMember, Person, Switched } from "../collab/events";
import type { Incoming } from "./link";

/** One page in the call, as it is shown. */
export interface Member extends Switched {
  key: string;
  person: Pick<Person, "_id" | "name" | "role" | "speaks">;
  own: boolean;
  /** Null: it is this page, or both only watch. */
  link: Incoming | null;
  /** Whether its sound and pictures come through. */
  reached: boolean;
}

interface Row {
  person: Person;
  member: CallMember;
}

export interface Known {
  people: readonly Person[];
  links: ReadonlyMap<string, Incoming>;
  key: string;
  on: Switched;
}

/** Who is in the call, and who is missing from the roster for a moment while their link holds. */
export class Members {
  private readonly last = new Map<string, Row>();

  /** All of them: this page first, then as the roster has them. */
  list({ people, links, key, on }: Known): Member[] {
    const present = people.flatMap((person) => person.call.map((member) => ({ person, member })));
    const keys = new Set(present.map(({ member }) => member.key));
    for (const row of present) this.last.set(row.member.key, row);
    const lost: Row[] = [];
    for (const [known, row] of this.last) {
      if (keys.has(known)) continue;
      if (links.has(known)) lost.push(row);
      else this.last.delete(known);
    }
    return [...present, ...lost]
      .map((row) => shown(row, links.get(row.member.key) ?? null, row.member.key === key ? on : null))
      .sort((a, b) => Number(b.own) - Number(a.own));
  }
}

/** Of who may not be seen and heard nothing is on, whatever their page sends. */
function shown({ person, member }: Row, link: Incoming | null, own: Switched | null): Member {
  const { mic, camera, screen } = own ?? member;
  const { _id, name, role, speaks } = person;
  return {
    key: member.key,
    person: { _id, name, role, speaks },
    own: own !== null,
    mic: speaks && mic,
    camera: speaks && camera,
    screen: speaks && screen,
    link,
    reached: own !== null || link === null || link.state === "connected",
  };
}
