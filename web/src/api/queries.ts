import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";

import { loadClerk } from "../clerk";
import { ApiError, api } from "./client";
import { dropGuestKey, guestKey } from "./guestKey";
import { askAgain } from "./news";
import type {
  AuthConfig,
  Difficulty,
  InviteInfo,
  Problem,
  ProblemSummary,
  Recorded,
  Repl,
  Role,
  Run,
  Session,
  SessionPage,
  SourceFile,
  Stats,
  User,
} from "./types";

const id = encodeURIComponent;

/** Who is signed in; `null` when nobody is. */
export function useMe() {
  return useQuery({
    queryKey: ["me"],
    staleTime: 60_000,
    queryFn: async (): Promise<User | null> => {
      try {
        return (await api.get<{ user: User }>("/api/auth/me")).user;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

/** Somebody else from now on: nothing stays of whoever was signed in before. Whoever shows "me" hears
 * of it, which they would not if that were removed too. */
function become(client: QueryClient, user: User): void {
  client.removeQueries({ predicate: ({ queryKey: [key] }) => key !== "me" && key !== "auth-config" });
  client.setQueryData(["me"], user);
}

export interface Credentials {
  name?: string;
  email: string;
  password: string;
}

/** Signs in, or registers when `name` is given. The server sets the cookie. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: Credentials) =>
      api.post<{ user: User }>(
        form.name === undefined ? "/api/auth/login" : "/api/auth/register",
        form,
      ),
    onSuccess: ({ user }) => {
      become(client, user);
    },
  });
}

const authConfig = {
  queryKey: ["auth-config"],
  staleTime: Infinity,
  queryFn: () => api.get<AuthConfig>("/api/auth/config"),
};

/** How people sign in here. */
export function useAuthConfig() {
  return useQuery(authConfig);
}

/** A token of Clerk for our own cookie. */
export function useExchange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => api.post<{ user: User }>("/api/auth/exchange", { token }),
    onSuccess: ({ user }) => become(client, user),
  });
}

export function useChangeProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { name?: string; profileImage?: string }) =>
      api.patch<{ user: User }>("/api/auth/me", change),
    onSuccess: ({ user }) => client.setQueryData(["me"], user),
  });
}

/** Signs out everywhere else; the server sets a fresh cookie here. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (form: { current: string; new: string }) =>
      api.post<{ user: User }>("/api/auth/password", form),
  });
}

/** Out of this server, and where Clerk signs people in out of Clerk too: it would let them
 * straight back in. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { clerk } = await client.query(authConfig);
      await api.post<unknown>("/api/auth/logout");
      if (clerk) await (await loadClerk(clerk)).signOut({ redirectUrl: "/signin" });
    },
  });
}

export function useProblems() {
  return useQuery({
    queryKey: ["problems"],
    staleTime: Infinity,
    queryFn: async () => (await api.get<{ problems: ProblemSummary[] }>("/api/problems")).problems,
  });
}

export function useProblem(name: string | undefined) {
  return useQuery({
    queryKey: ["problems", name],
    enabled: name !== undefined,
    staleTime: Infinity,
    queryFn: async () =>
      (await api.get<{ problem: Problem }>(`/api/problems/${id(name ?? "")}`)).problem,
  });
}

/** What to list of the sessions; an empty field lets everything pass. */
export interface SessionFilter {
  mine?: "true" | "false";
  role?: Role | "";
  difficulty?: Difficulty | "";
  search?: string;
  /** How many a page has. */
  limit?: string;
}

/** Sessions page by page, the newest first; what is shown stays while another filter loads. */
export function useSessions(kind: "active" | "recent", filter: SessionFilter) {
  return useInfiniteQuery({
    queryKey: ["sessions", kind, filter],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const asked = Object.entries({ ...filter, cursor: pageParam }).filter(([, value]) => value);
      return api.get<SessionPage>(`/api/sessions/${kind}?${new URLSearchParams(asked).toString()}`);
    },
    getNextPageParam: ({ nextCursor }) => nextCursor,
    select: ({ pages }) => pages.flatMap(({ sessions }) => sessions),
  });
}

/** The own figures, with a row for each of the last `days` days on which something was. */
export function useStats(days: number) {
  return useQuery({
    queryKey: ["stats", days],
    placeholderData: keepPreviousData,
    queryFn: () => api.get<Stats>(`/api/stats?days=${days}`),
  });
}

export function useSession(sessionId: string) {
  return useQuery({
    queryKey: ["session", sessionId],
    queryFn: async () =>
      (await api.get<{ session: Session }>(`/api/sessions/${id(sessionId)}`)).session,
  });
}

/** The code as it was when the session ended. */
export function useEndedFiles(sessionId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["files", sessionId],
    enabled,
    queryFn: async () =>
      (await api.get<{ files: SourceFile[] }>(`/api/sessions/${id(sessionId)}/files`)).files,
  });
}

export function useRuns(sessionId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["runs", sessionId],
    enabled,
    queryFn: () => runsOf(sessionId),
  });
}

async function runsOf(sessionId: string): Promise<Run[]> {
  return (await api.get<{ runs: Run[] }>(`/api/sessions/${id(sessionId)}/runs`)).runs;
}

/** A run with all it printed; `null` when it is not among the newest any more. */
export function useWholeRun({ _id, session }: Run, enabled: boolean) {
  return useQuery({
    queryKey: ["runs", session, _id],
    enabled,
    staleTime: Infinity,
    queryFn: async () => (await runsOf(session)).find((run) => run._id === _id) ?? null,
  });
}

function useSessionMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => askAgain(client, "sessions"),
  });
}

export function useCreateSession() {
  return useSessionMutation(
    async (problem: string) =>
      (await api.post<{ session: Session }>("/api/sessions/create", { problem })).session,
  );
}

export function useJoinSession() {
  return useSessionMutation(
    async (sessionId: string) =>
      (await api.post<{ session: Session }>(`/api/sessions/join/${id(sessionId)}`)).session,
  );
}

export function useEndSession(sessionId: string) {
  return useSessionMutation(
    async () =>
      (await api.post<{ session: Session }>(`/api/sessions/end/${id(sessionId)}`)).session,
  );
}

export function useInvite(token: string) {
  return useQuery({
    queryKey: ["invite", token],
    queryFn: () => api.get<InviteInfo>(`/api/invites/${id(token)}`),
  });
}

export function useAcceptInvite(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      api.post<{ user: User; session: Session; role: Role }>(`/api/invites/${id(token)}/accept`, {
        name,
        key: guestKey(token),
      }),
    onSuccess: ({ user }) => {
      dropGuestKey(token);
      client.setQueryData(["me"], user);
    },
  });
}

/** What to run: the room's code, with `tests` against the cases of its problem, or the interpreter
 * of a language, to be typed to. */
export type Order = { terminal?: { columns: number; rows: number } } & (
  | { language: string; tests?: true }
  | { repl: Repl }
);

export function useStartRun(sessionId: string) {
  return useMutation({
    mutationFn: async (order: Order) =>
      (await api.post<{ run: Run }>(`/api/sessions/${id(sessionId)}/runs`, order)).run,
  });
}

/** The files that Stream made of a session's call, for its host; none where it carries no calls. */
export function useRecordings(sessionId: string, enabled = true) {
  return useQuery({
    queryKey: ["recordings", sessionId],
    enabled,
    staleTime: 0,
    queryFn: async (): Promise<readonly Recorded[]> =>
      (await api.get<{ recordings: Recorded[] }>(`/api/sessions/${id(sessionId)}/recordings`))
        .recordings,
  });
}
