import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "./client";
import type { Problem, ProblemBody, ProblemSource, Session } from "./types";

const id = encodeURIComponent;

/** The problem of a session, as its members read it; also one that its author deleted since. */
export function useSessionProblem(sessionId: string) {
  return useQuery({
    queryKey: ["session-problem", sessionId],
    staleTime: Infinity,
    queryFn: async () =>
      (await api.get<{ problem: Problem }>(`/api/sessions/${id(sessionId)}/problem`)).problem,
  });
}

/** The reader's own room for a problem; made when they open it for the first time. */
export function usePractice(problemId: string) {
  return useQuery({
    queryKey: ["practice", problemId],
    staleTime: Infinity,
    queryFn: async () =>
      (await api.post<{ session: Session }>(`/api/problems/${id(problemId)}/practice`)).session,
  });
}

/** Back to the starter: a fresh room in place of the old one. */
export function useResetPractice(problemId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () =>
      (await api.post<{ session: Session }>(`/api/problems/${id(problemId)}/practice/reset`))
        .session,
    onSuccess: (session) => client.setQueryData(["practice", problemId], session),
  });
}

/** An own problem whole, to change it. */
export function useProblemSource(problemId: string) {
  return useQuery({
    queryKey: ["problem-source", problemId],
    gcTime: 0, // a form begins with what is stored now
    refetchOnWindowFocus: false, // and nothing changes under the hands of who is editing
    queryFn: async () =>
      (await api.get<{ problem: ProblemSource }>(`/api/problems/${id(problemId)}/source`)).problem,
  });
}

/** What the server makes of a draft: checked, and with a starter in every language. */
export function useProblemPreview(body: ProblemBody | null) {
  return useQuery({
    queryKey: ["problem-preview", body],
    enabled: body !== null,
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: () => api.post<{ starter: Problem["starter"] }>("/api/problems/preview", body),
  });
}

function useForgetProblems() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["session-problem"] });
    void client.invalidateQueries({ queryKey: ["problems"] });
  };
}

/** Stores a new problem, or a changed one when its id is given. */
export function useSaveProblem(problemId: string | null) {
  const forget = useForgetProblems();
  return useMutation({
    mutationFn: async (body: ProblemBody) =>
      (problemId === null
        ? await api.post<{ problem: Problem }>("/api/problems", body)
        : await api.put<{ problem: Problem }>(`/api/problems/${id(problemId)}`, body)
      ).problem,
    onSuccess: forget,
  });
}

export function useDeleteProblem(problemId: string) {
  const forget = useForgetProblems();
  return useMutation({
    mutationFn: () => api.delete<unknown>(`/api/problems/${id(problemId)}`),
    onSuccess: forget,
  });
}
