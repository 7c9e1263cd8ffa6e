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
  problemId?: string;
  difficulty: Difficulty;
  host: PersonRef;
  /** In lists `null` for whoever is not part of the session, also when somebody is there. */
  participant: PersonRef | null;
  /** Somebody has the candidate's seat. */
  full: boolean;
  kind?: "interview" | "practice";
  status: "active" | "completed";
  callId?: string;
  createdAt: string;
  updatedAt: string;
  endedAt: string | null;
  role?: Role | null;
}

/** How far somebody has come with a problem in practice. */
export type Progress = "tried" | "solved";

export interface SessionPage {
  sessions: Session[];
  nextCursor: string | null;
}

/** One day (UTC) of somebody's own activity. */
export interface DayStats {
  date: string;
  sessions: number;
  hours: number;
  runs: number;
  passed: number;
}

export interface Stats {
  active: number;
  completed: number;
  hours: number;
  people: number;
  runs: number;
  passed: number;
  /** Of the runs that were judged, 0 to 1; `null` when none was. */
  passRate: number | null;
  days: DayStats[];
}

export interface ProblemSummary {
  _id: string;
  title: string;
  difficulty: Difficulty;
  tags: string[];
  /** Whether the reader wrote it. */
  own?: boolean;
  /** Of the reader; `null` for who has not tried, or is not signed in. */
  progress?: Progress | null;
}

export interface Example {
  input: string;
  output: string;
  explanation?: string | null;
}

export type Language = "python" | "javascript" | "java";

export interface Parameter {
  name: string;
  type: string;
}

export interface Signature {
  name: Record<Language, string>;
  parameters: Parameter[];
  result: { type: string; inPlace?: string | null };
}

export interface Test {
  args: unknown[];
  expected: unknown;
}

/** When a result is right. */
export type Compare = "exact" | "any-order" | "one-of" | { tolerance: number };

/** What all tests of a run may use together; `null`: what any run may. */
export interface Limits {
  seconds?: number | null;
  memoryMib?: number | null;
}

/** What a candidate reads. */
export interface ProblemTexts {
  title: string;
  difficulty: Difficulty;
  tags: string[];
  statement: string;
  notes: string[];
  examples: Example[];
  constraints: string[];
}

/** A problem as its author writes it; a starter left out is made by the server. */
export interface ProblemBody extends ProblemTexts {
  compare: Compare;
  limits: Limits;
  signature: Signature;
  starter: Partial<Record<Language, string>>;
  tests: Test[];
  hiddenTests: Test[];
}

export interface Problem extends ProblemSummary, ProblemTexts {
  signature: Signature;
  starter: Record<Language, string>;
  /** The visible ones; hidden tests never leave the server. */
  tests: Test[];
}

/** An own problem as it is stored, hidden tests and all. */
export interface ProblemSource extends ProblemBody {
  _id: string;
  updatedAt?: string;
}

export type Verdict = "ok" | "error" | "timeout" | "memory" | "output" | "stopped" | "failed";

export interface Chunk {
  stream: "stdout" | "stderr";
  text: string;
}

export type CaseState =
  | "passed"
  /** All that is told of a hidden test which did not pass. */
  | "failed"
  | "wrong"
  | "error"
  | "timeout"
  | "memory"
  | "not_run";

/** One test of a run; of a hidden one only whether it passed. */
export interface Case {
  index: number;
  hidden: boolean;
  state: CaseState;
  args: string | null;
  expected: string | null;
  got: string | null;
  error: string | null;
  printed: string | null;
  ms: number | null;
  memoryBytes: number | null;
}

export interface Run {
  _id: string;
  session: string;
  by: { _id: string; name: string };
  language: string;
  path: string;
  status: "queued" | "running" | "finished";
  /** In the queue; 1 is the next. */
  place: number | null;
  /** The newest, where the language is compiled first. */
  stage: "compile" | "run" | null;
  /** Whether it is typed to as a terminal, which echoes and takes control keys. */
  terminal?: boolean;
  /** Whether it is an interpreter without a program; its `path` is empty. */
  repl?: boolean;
  verdict: Verdict | null;
  exitCode: number | null;
  signal: string | null;
  output: Chunk[];
  truncated: boolean;
  matchesExpected: boolean | null;
  /** Only of a run against the tests. */
  cases?: Case[] | null;
  wallMs: number | null;
  cpuMs: number | null;
  memoryBytes: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** `staff`: the host and spectators; the candidate never gets it. */
export type ChannelName = "everybody" | "staff";

export interface ChatMessage {
  _id: string;
  channel: ChannelName;
  /** From 1 in each channel, without gaps. */
  number: number;
  author: { _id: string; name: string; role: Role };
  text: string;
  /** Made by the page it was written in. */
  key: string;
  createdAt: string;
}

export interface ChatPage {
  /** Oldest first. */
  messages: readonly ChatMessage[];
  /** Whether there are older ones. */
  more: boolean;
}

/** A channel with its newest messages. */
export interface ChatChannel extends ChatPage {
  name: ChannelName;
  /** The number of the newest message that this person has seen. */
  read: number;
  /** The number of the newest message. */
  last: number;
}

export interface RunnerLanguage {
  language: string;
  path: string;
  label: string;
  /** Whether its interpreter can be typed to without a program. */
  repl?: boolean;
}

/** A language whose interpreter people may type to by itself. */
export type Repl = "python" | "javascript";

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

/** What making an invitation answers. */
export interface Invite {
  _id: string;
  token: string;
  url: string;
  role: InviteRole;
  expiresAt: string;
}

/** An invitation as its host sees it in the list. */
export interface MadeInvite extends Invite {
  createdAt: string;
  /** Who came by it. */
  people: { _id: string; name: string }[];
}

/** Somebody who belongs to a session, in the room or not. */
export interface Member {
  _id: string;
  name: string;
  profileImage?: string | null;
  role: Role;
  /** The invitation they came by. */
  invite: string | null;
  joinedAt: string;
  kind: "user" | "guest";
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

/** A file that Stream made of a call. */
export interface Recorded {
  filename: string;
  url: string;
  startedAt: string;
  endedAt: string;
}
