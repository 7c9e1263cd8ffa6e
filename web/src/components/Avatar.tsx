import type { Role } from "../api/types";
import { Face } from "./Face";

const TINTS: Record<Role, string> = {
  host: "bg-host text-on-host",
  participant: "bg-participant text-on-participant",
  spectator: "bg-spectator text-on-spectator",
};

interface Props {
  name: string;
  role: Role;
  image?: string | null | undefined;
  online?: boolean;
}

/** Somebody in a room: their picture, or initials in the colour of the role. */
export function Avatar({ name, role, image, online = true }: Props) {
  const tint = online ? TINTS[role] : "bg-base-300 text-muted";
  return (
    <Face
      name={name}
      image={image}
      className={`size-7 text-2xs ${tint} ${online ? "" : "*:opacity-50 *:grayscale"}`}
    />
  );
}
