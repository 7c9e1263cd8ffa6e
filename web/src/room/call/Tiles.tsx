import { Eye } from "lucide-react";

import type { Member } from "../../call/members";
import { useRoom } from "../context";
import { HostMenu } from "./HostMenu";
import { ScreenTile, Tile } from "./Tile";
import { useCallState } from "./useCall";

/** Shared screens, those who can be seen and heard, and who watches. */
export function Tiles() {
  const members = useCallState((state) => state.members);
  const hosting = useRoom(({ role }) => role === "host");
  const heard = members.filter(({ person }) => person.speaks);
  const watching = members.filter(({ person }) => !person.speaks);
  const screens = members.filter(({ screen }) => screen);
  const menuOf = (member: Member) =>
    hosting && !member.own && member.person.role !== "host" ? (
      <HostMenu member={member} />
    ) : undefined;
  return (
    <div className="@container flex flex-col gap-1.5">
      {screens.map((member) => (
        <ScreenTile key={member.key} member={member} />
      ))}
      <People heard={heard} menuOf={menuOf} beside={screens.length > 0} />
      {members.length === 1 && heard.length === 1 && (
        <p className="text-muted text-xs">Nobody else is here yet.</p>
      )}
      {watching.length > 0 && (
        <ul className="text-muted flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs" aria-label="Watching">
          {watching.map((member) => (
            <li
              key={member.key}
              className="flex items-center gap-1"
              data-testid="watching"
              data-person={member.person.name}
            >
              <Eye className="size-3.5" aria-hidden />
              {member.own ? "You watch and listen" : `${member.person.name} watches`}
              {menuOf(member)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface PeopleProps {
  heard: readonly Member[];
  menuOf: (member: Member) => React.ReactNode;
  /** Whether a shared screen has the room above. */
  beside: boolean;
}

function People({ heard, menuOf, beside }: PeopleProps) {
  const [own, ...others] = heard;
  const [other] = others;
  if (!beside && heard.length === 2 && own?.own === true && other !== undefined) {
    return (
      <div className="relative">
        <Tile key={other.key} member={other} menu={menuOf(other)} />
        <div className="absolute right-1.5 bottom-1.5 w-[30%] max-w-40">
          <Tile key={own.key} member={own} small />
        </div>
      </div>
    );
  }
  const narrow = heard.length > 2 || beside ? "grid-cols-2" : "grid-cols-1";
  const wide = heard.length > 4 ? "@lg:grid-cols-3" : "@md:grid-cols-2";
  return (
    <div className={`grid gap-1.5 ${narrow} ${heard.length > 1 ? wide : ""}`}>
      {heard.map((member) => (
        <Tile key={member.key} member={member} menu={menuOf(member)} />
      ))}
    </div>
  );
}
