/** What the server sends and takes, as JSON. Times are ISO 8601 UTC; ids are strings. */

export type Role = "host" | "participant" | "spectator";
export type Difficulty = "easy" | "medium" | "hard";
export type InviteRole = Exclude<Role, "host">;

export interface User {
  _id: string;
  name: string;
  email?: string;
  profileImage?: string | null;
  kind?: "user" | "guest";
}

export interface PersonRef {
  _id: string;
  name: string;
  profileImage?: string | null;
}

export interface Session {
  _id: string;
  problem: string;
  difficulty: Difficulty;
  host: PersonRef;
  participant: PersonRef | null;
  status: "active" | "completed";
  callId: string;
  createdAt: string;
  updatedAt: string;
  endedAt: string | null;
  role?: Role | null;
}

export interface ProblemSummary {
  _id: string;
  title: string;
  difficulty: Difficulty;
  tags: string[];
}

export interface Example {
  input: string;
  output: string;
  explanation?: string | null;
}

export interface Problem extends ProblemSummary {
  statement: string;
  notes: string[];
  examples: Example[];
  constraints: string[];
}

export type Verdict = "ok" | "error" | "timeout" | "memory" | "output" | "stopped" | "failed";

export interface Chunk {
  stream: "stdout" | "stderr";
  text: string;
}

export interface Run {
  _id: string;
  session: string;
  by: { _id: string; name: string };
  language: string;
  path: string;
  status: "queued" | "running" | "finished";
  verdict: Verdict | null;
  exitCode: number | null;
  signal: string | null;
  output: Chunk[];
  truncated: boolean;
  matchesExpected: boolean | null;
  wallMs: number | null;
  cpuMs: number | null;
  memoryBytes: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface RunnerLanguage {
  language: string;
  path: string;
  label: string;
}

export interface SourceFile {
  path: string;
  language: string;
  text: string;
}

export interface Runner {
  available: boolean;
  reason: string | null;
  languages: RunnerLanguage[];
}

export interface Invite {
  token: string;
  url: string;
  role: InviteRole;
  expiresAt: string;
}

export interface InviteInfo {
  session: { _id: string; problem: string; status: Session["status"]; host: PersonRef };
  role: InviteRole;
  expiresAt: string;
}

export interface Ticket {
  ticket: string;
  url: string;
  role: Role;
  /** Seconds from the answer until the ticket is refused. */
  expiresIn: number;
}

/** What a page needs to show Clerk's own sign-in. */
export interface ClerkConfig {
  publishableKey: string;
  scriptUrl: string;
  uiScriptUrl: string;
}

/** How people sign in here: accounts of this server, Clerk, or the tokens of an OpenID issuer. */
export type AuthConfig =
  | { mode: "accounts" | "oidc"; clerk: null }
  | { mode: "clerk"; clerk: ClerkConfig };
