import type { SubmitEvent } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { ApiError, messageOf } from "../api/client";
import { useAcceptInvite, useInvite, useMe } from "../api/queries";
import type { InviteInfo, User } from "../api/types";
import { CenteredCard } from "../components/CenteredCard";
import { formText } from "../components/forms";
import { Field } from "../components/Field";
import { Failed, Loading } from "../components/States";

const PROMISE = {
  participant: "You will write code together in one editor. Everything is set up; you only need this page.",
  spectator: "You will see everything live. You cannot change anything, so nothing can go wrong.",
};

const canRetry = (error: unknown) => error instanceof ApiError && error.transient;

export function JoinPage() {
  const { token = "" } = useParams();
  const invite = useInvite(token);
  const me = useMe();
  return (
    <CenteredCard>
      {invite.isPending || me.isPending ? (
        <Loading label="Reading your invitation…" />
      ) : invite.isError ? (
        <>
          <h1 className="text-center text-lg font-semibold">
            {canRetry(invite.error) ? "Your invitation could not be read" : "This link does not work"}
          </h1>
          {canRetry(invite.error) ? (
            <Failed error={invite.error} retry={() => void invite.refetch()} />
          ) : (
            <p className="text-muted mt-2 text-center text-pretty" role="alert">
              {messageOf(invite.error)} Ask whoever invited you for a new link.
            </p>
          )}
        </>
      ) : (
        <Invitation token={token} invite={invite.data} me={me.data ?? null} />
      )}
    </CenteredCard>
  );
}

interface Props {
  token: string;
  invite: InviteInfo;
  me: User | null;
}

function Invitation({ token, invite: { session, role }, me }: Props) {
  const navigate = useNavigate();
  const accept = useAcceptInvite(token);
  const own = me?._id === session.host._id;
  const room = `/sessions/${session._id}`;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = me?.name ?? formText(event.currentTarget)("name").trim();
    accept.mutate(name, { onSuccess: (to) => void navigate(`/sessions/${to.session._id}`) });
  };

  return (
    <>
      <p className="text-muted text-center">
        <strong className="text-base-content font-medium">{session.host.name}</strong> invites you{" "}
        {role === "participant" ? "to an interview" : "to watch an interview"}
      </p>
      <h1 className="mt-1 text-center text-xl font-semibold text-balance">{session.problem}</h1>
      {session.status === "completed" ? (
        <p className="mt-4 text-center">This session has ended.</p>
      ) : own ? (
        <div className="mt-4 flex flex-col gap-4 text-center">
          <p className="text-muted text-pretty">
            This is your own session. Send the link to the person you want to invite.
          </p>
          <Link to={room} className="btn btn-primary">
            To the room
          </Link>
        </div>
      ) : (
        <form className="mt-5 flex flex-col gap-4" onSubmit={submit}>
          <p className="text-muted text-center text-pretty">{PROMISE[role]}</p>
          {me ? (
            <p className="bg-base-200 rounded-field px-3 py-2 text-center">
              You join as <strong className="font-medium">{me.name}</strong>
            </p>
          ) : (
            <Field label="Your name" name="name" autoComplete="name" required maxLength={60} autoFocus
              hint="What the others will see. No account needed." />
          )}
          {accept.isError && (
            <p className="text-error text-center" role="alert">
              {messageOf(accept.error)}
            </p>
          )}
          <button type="submit" className="btn btn-primary" disabled={accept.isPending}>
            {accept.isPending && <span className="loading loading-spinner loading-xs" aria-hidden />}
            {role === "participant" ? "Join the interview" : "Watch"}
          </button>
        </form>
      )}
    </>
  );
}
