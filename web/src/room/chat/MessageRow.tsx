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
  const { chat } = useConnection();
  const connected = useRoom(({ phase }) => phase === "connected");
  const { key, text, refusal } = message;
  return (
    <li
      className="mt-2"
      data-testid="outgoing"
      data-state={refusal === null ? "sending" : "failed"}
    >
      <div className={refusal === null ? "opacity-60" : "border-error border-l-2 pl-2"}>
        <MessageText text={text} />
      </div>
      {refusal === null ? (
        <p className="text-muted text-xs">
          {connected ? "Sending…" : "Will be sent when you are connected again."}
        </p>
      ) : (
        <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 pl-2 text-xs">
          <p className="text-error min-w-0 basis-full">Not sent. {refusal}</p>
          <button
            type="button"
            className="btn btn-xs btn-quiet"
            data-testid="send-again"
            onClick={() => chat.again(key)}
          >
            <RotateCcw className="size-3" aria-hidden />
            Send again
          </button>
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
      )}
    </li>
  );
}
