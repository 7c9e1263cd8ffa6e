import type { Role } from "../api/types";

const TINTS: Record<Role, string> = {
  host: "bg-host text-on-host",
  participant: "bg-participant text-on-participant",
  spectator: "bg-spectator text-on-spectator",
};

function initials(name: string): string {
  const first = name.trim().match(/(?<=^|\s)\S/gu) ?? ["?"];
  return [first[0], ...first.slice(1).slice(-1)].join("").toUpperCase();
}

interface Props {
  name: string;
  role: Role;
  online?: boolean;
}

/** Initials in the colour of the role. Not a remote image: the page loads nothing foreign. */
export function Avatar({ name, role, online = true }: Props) {
  return (
    <span
      aria-hidden
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-full text-2xs font-semibold ${
        online ? TINTS[role] : "bg-base-300 text-muted"
      }`}
    >
      {initials(name)}
    </span>
  );
}
