import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "./client";
import type { Invite, InviteRole, MadeInvite, Member } from "./types";

const of = (sessionId: string, part: string) =>
  `/api/sessions/${encodeURIComponent(sessionId)}/${part}`;

/** Everybody who belongs to a session, also while they are not in the room. */
export function useMembers(sessionId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["members", sessionId],
    enabled,
    queryFn: async () => (await api.get<{ people: Member[] }>(of(sessionId, "people"))).people,
  });
}

/** The invitations made for a session and who came by each; for its host only. */
export function useMadeInvites(sessionId: string) {
  return useQuery({
    queryKey: ["invites", sessionId],
    queryFn: async () =>
      (await api.get<{ invites: MadeInvite[] }>(of(sessionId, "invites"))).invites,
  });
}

/** After any change of who may come in, both lists are asked for again. */
function usePeopleMutation<Input, Output>(
  sessionId: string,
  mutationFn: (input: Input) => Promise<Output>,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: async () => {
      for (const queryKey of [["invites", sessionId], ["members", sessionId]]) {
        // a first answer that is still under way may be from before the change, and would be taken
        await client.cancelQueries({ queryKey });
        void client.invalidateQueries({ queryKey });
      }
    },
  });
}

export function useCreateInvite(sessionId: string) {
  return usePeopleMutation(sessionId, (role: InviteRole) =>
    api.post<Invite>(of(sessionId, "invites"), { role }),
  );
}

/** The link is dead from then on, and whoever came by it is out of the room. */
export function useRevokeInvite(sessionId: string) {
  return usePeopleMutation(sessionId, (inviteId: string) =>
    api.delete<unknown>(of(sessionId, `invites/${encodeURIComponent(inviteId)}`)),
  );
}

export function useRemovePerson(sessionId: string) {
  return usePeopleMutation(sessionId, (userId: string) =>
    api.delete<unknown>(of(sessionId, `people/${encodeURIComponent(userId)}`)),
  );
}
