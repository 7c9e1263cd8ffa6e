import { Copy, Eye, Unlink, UserPlus } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../api/client";
import { useMadeInvites, useRevokeInvite } from "../api/people";
import type { Invite, MadeInvite } from "../api/types";
import { Loaded } from "../components/Loaded";
import { Confirm } from "../components/Modal";
import { isPast, moment } from "../time";
import { toast } from "../toast";

interface Props {
  sessionId: string;
  copy: (invite: Invite) => void;
}

/** The links a host has given out, who came by each, and the way to take one back. */
export function MadeInvites({ sessionId, copy }: Props) {
  const query = useMadeInvites(sessionId);
  const [asking, setAsking] = useState<MadeInvite | null>(null);
  const revoke = useRevokeInvite(sessionId);
  const confirm = ({ _id }: MadeInvite) =>
    revoke.mutate(_id, {
      onSuccess: () => {
        setAsking(null);
        toast("The link no longer works", "success");
      },
      onError: (error) => toast(messageOf(error), "error"),
    });
  return (
    <>
      <Loaded query={query} skeleton={null}>
        {(invites) =>
          invites.length > 0 && (
            <>
              <h3 className="pane-title mt-3">Links you gave out</h3>
              <ul className="flex flex-col gap-1" data-testid="invites">
                {invites.map((invite) => (
                  <Row key={invite._id} invite={invite} copy={copy} revoke={setAsking} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      {asking && (
        <Confirm
          title="Revoke this link?"
          act="Revoke"
          keep="Keep it"
          testId="confirm-revoke"
          pending={revoke.isPending}
          onConfirm={() => confirm(asking)}
          onClose={() => setAsking(null)}
        >
          <Consequences invite={asking} />
        </Confirm>
      )}
    </>
  );
}

const KINDS = {
  participant: { name: "Candidate", icon: UserPlus },
  spectator: { name: "Spectators", icon: Eye },
};

interface RowProps {
  invite: MadeInvite;
  copy: (invite: Invite) => void;
  revoke: (invite: MadeInvite) => void;
}

function Row({ invite, copy, revoke }: RowProps) {
  const { name, icon: Icon } = KINDS[invite.role];
  const expired = isPast(invite.expiresAt);
  const used = invite.people.map((person) => person.name).join(", ");
  const which = `${name} link, ${used || "not used yet"}`;
  return (
    <li className="flex items-center gap-2.5" data-testid="invite" data-role={invite.role}>
      <span className="bg-base-200 text-muted grid size-7 shrink-0 place-items-center rounded-full">
        <Icon className="size-3.5" aria-hidden />
      </span>
      <div className="min-w-0 flex-1 text-xs leading-tight">
        <p className="truncate" title={used}>
          <span className="font-medium">{name}</span>
          <span className="text-muted"> · {used || "not used yet"}</span>
        </p>
        <p className={`mt-0.5 ${expired ? "text-warning" : "text-muted"}`}>
          {expired ? "expired" : `until ${moment(invite.expiresAt)}`}
        </p>
      </div>
      {!expired && (
        <button
          type="button"
          className="btn btn-ghost btn-sm sm:btn-xs btn-square text-muted"
          aria-label={`Copy again: ${which}`}
          title="Copy the link again"
          onClick={() => copy(invite)}
        >
          <Copy className="size-3.5" aria-hidden />
        </button>
      )}
      <button
        type="button"
        className="btn btn-ghost btn-sm sm:btn-xs btn-square text-muted hover:text-error"
        aria-label={`Revoke: ${which}`}
        title="Revoke the link"
        onClick={() => revoke(invite)}
      >
        <Unlink className="size-3.5" aria-hidden />
      </button>
    </li>
  );
}

function Consequences({ invite: { people } }: { invite: MadeInvite }) {
  if (people.length === 0) return <p>Nobody has used it. From then on nobody can.</p>;
  const names = new Intl.ListFormat("en").format(people.map(({ name }) => name));
  return (
    <p data-testid="put-out">
      <strong className="text-base-content font-semibold">{names}</strong> came by it and will be out
      of the room at once. What they wrote stays. Nobody else can come in by it.
    </p>
  );
}
