import { RotateCcw, Trash2 } from "lucide-react";

import type { ChatMessage, Role } from "../../api/types";
import type { Outgoing } from "../../collab/chat";
import { roleName } from "../../components/Badges";
import { clock } from "../../time";
import { useConnection, useRoom } from "../context";
import { MessageText } from "./MessageText";

const NAMES: Record<Role, string> = {
  host: "text-host",
  participant: "text-participant",
  spectator: "text-spectator",
};

interface Props {
  message: ChatMessage;
  /** Whether the one before is not by the same person a moment ago. */
  first: boolean;
}

export function MessageRow({ message, first }: Props) {
  const own = useRoom((state) => state.you?._id === message.author._id);
  const { author, createdAt, text, number } = message;
  return (
    <li
      className={first ? "mt-3 first:mt-0" : "mt-0.5"}
      data-testid="message"
      data-number={number}
      data-author={author.name}
    >
      {first && (
        <p className="mb-0.5 flex items-baseline gap-1.5 text-xs">
          <bdi className={`truncate font-semibold ${NAMES[author.role]}`}>{author.name}</bdi>
          <span className="text-muted shrink-0">{own ? "you" : roleName(author.role)}</span>
          <time className="text-muted ml-auto shrink-0 tabular-nums" dateTime={createdAt}>
            {clock(createdAt)}
          </time>
        </p>
      )}
      <MessageText text={text} />
    </li>
  );
}

/** A message of one's own that the server does not have yet. */
export function OutgoingRow({ message }: { message: Outgoing }) {
  const phase = useRoom((state) => state.phase);
  const over = phase === "ended" || phase === "refused";
  const failed = message.refusal !== null || over;
  return (
    <li className="mt-2" data-testid="outgoing" data-state={failed ? "failed" : "sending"}>
      <div className={failed ? "border-error border-l-2 pl-2" : "opacity-60"}>
        <MessageText text={message.text} />
      </div>
      {failed ? (
        <Refusal message={message} over={over} />
      ) : (
        <p className="text-muted text-xs">
          {phase === "connected" ? "Sending…" : "Will be sent when you are connected again."}
        </p>
      )}
    </li>
  );
}

function Refusal({ message, over }: { message: Outgoing; over: boolean }) {
  const { chat } = useConnection();
  const { key, refusal } = message;
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 pl-2.5 text-xs">
      <p className="text-error min-w-0 basis-full">
        Not sent. {over ? "Nothing can be written any more." : refusal}
      </p>
      {!over && (
        <button
          type="button"
          className="btn btn-xs btn-quiet"
          data-testid="send-again"
          onClick={() => chat.again(key)}
        >
          <RotateCcw className="size-3" aria-hidden />
          Send again
        </button>
      )}
      <button
        type="button"
        className="btn btn-xs btn-ghost"
        data-testid="discard"
        onClick={() => chat.discard(key)}
      >
        <Trash2 className="size-3" aria-hidden />
        Discard
      </button>
    </div>
  );
}
