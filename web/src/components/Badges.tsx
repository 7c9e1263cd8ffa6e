import type { Difficulty, Role } from "../api/types";

const DIFFICULTY: Record<Difficulty, string> = {
  easy: "text-success bg-success/10",
  medium: "text-warning bg-warning/12",
  hard: "text-error bg-error/10",
};

const BADGE = "inline-flex items-center rounded px-1.5 text-2xs leading-4.5 font-semibold";

export function DifficultyBadge({ difficulty }: { difficulty: Difficulty }) {
  return <span className={`${BADGE} capitalize ${DIFFICULTY[difficulty]}`}>{difficulty}</span>;
}

const ROLES: Record<Role, { name: string; tint: string }> = {
  host: { name: "Interviewer", tint: "text-host bg-host/12" },
  participant: { name: "Candidate", tint: "text-participant bg-participant/12" },
  spectator: { name: "Spectator", tint: "text-spectator bg-spectator/12" },
};

/** What a role is called on screen. */
export const roleName = (role: Role): string => ROLES[role].name;

export function RoleBadge({ role, testId }: { role: Role; testId?: string }) {
  return (
    <span className={`${BADGE} ${ROLES[role].tint}`} data-testid={testId} data-role={role}>
      {ROLES[role].name}
    </span>
  );
}

/** Whether a live session still has the candidate's seat to give. */
export function SeatBadge({ full }: { full: boolean }) {
  return (
    <span
      className={`${BADGE} gap-1 ${full ? "text-muted bg-base-300/60" : "text-success bg-success/10"}`}
      data-testid="seat"
      data-full={full}
    >
      <span
        className={`size-1.5 rounded-full ${full ? "bg-muted" : "bg-success"}`}
        aria-hidden
      />
      {full ? "Full" : "Open"}
    </span>
  );
}
