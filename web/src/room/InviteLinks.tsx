import { Eye, UserPlus } from "lucide-react";
import { useRef, useState } from "react";

import { messageOf } from "../api/client";
import { useCreateInvite, useMadeInvites } from "../api/people";
import type { Invite, InviteRole } from "../api/types";
import { copyText } from "../components/clipboard";
import { moment } from "../time";
import { toast } from "../toast";
import { MadeInvites } from "./MadeInvites";

interface Props {
  sessionId: string;
  /** Nobody has taken the candidate's seat yet. */
  waiting: boolean;
}

const NOTES: Record<InviteRole, string> = {
  participant: "Link for the candidate",
  spectator: "Link to watch",
};

/** The host's way to bring people in: new links, and those that were made before. */
export function InviteLinks({ sessionId, waiting }: Props) {
  const create = useCreateInvite(sessionId);
  const made = useMadeInvites(sessionId);
  const [copied, setCopied] = useState<string | null>(null);
  // out of the list: a link that is revoked meanwhile, from wherever, is not shown any more
  const invite = made.data?.find(({ _id }) => _id === copied);
  const copy = (which: Invite) => {
    setCopied(which._id);
    void copyText(absolute(which.url), "Link copied");
  };
  const make = (role: InviteRole) =>
    create.mutate(role, {
      onSuccess: copy,
      onError: (error) => toast(messageOf(error), "error"),
    });
  return (
    <div className="mt-4 flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          data-testid="copy-participant"
          className={`btn btn-sm flex-1 ${waiting ? "btn-primary" : "btn-quiet"}`}
          disabled={create.isPending}
          onClick={() => make("participant")}
        >
          <UserPlus className="size-3.5" aria-hidden /> Invite candidate
        </button>
        <button
          type="button"
          data-testid="copy-spectator"
          className="btn btn-sm btn-quiet flex-1"
          disabled={create.isPending}
          onClick={() => make("spectator")}
        >
          <Eye className="size-3.5" aria-hidden /> Invite spectator
        </button>
      </div>
      {invite && <LinkBox key={invite.token} invite={invite} />}
      <MadeInvites sessionId={sessionId} copy={copy} />
    </div>
  );
}

const absolute = (url: string): string => new URL(url, window.location.origin).href;

const intoView = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });

function LinkBox({ invite }: { invite: Invite }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <label className="flex flex-col gap-1" ref={intoView}>
      <span className="text-muted text-xs">
        {NOTES[invite.role]}, good until {moment(invite.expiresAt)}
      </span>
      <input
        ref={input}
        readOnly
        value={absolute(invite.url)}
        data-testid="invite-url"
        data-role={invite.role}
        className="input input-sm w-full font-mono text-xs"
        onFocus={() => input.current?.select()}
      />
    </label>
  );
}
