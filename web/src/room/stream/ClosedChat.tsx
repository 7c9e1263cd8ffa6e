import type { Channel, LocalMessage } from "stream-chat";

import { clock } from "../../time";
import { MessageText } from "../chat/MessageText";

/**
 * What was said in a channel that is gone, as this page last knew it: whoever reads when a session
 * ends reads on. Drawn by ourselves, for the library throws at such a channel.
 */
export function ClosedChat({ channel }: { channel: Channel }) {
  const messages = channel.state.messages.filter(({ type }) => type !== "deleted");
  return (
    <>
      <ol
        ref={toNewest}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
        aria-label="Messages"
        tabIndex={0}
      >
        {messages.map((message) => (
          <Row key={message.id} message={message} />
        ))}
      </ol>
      <p className="border-base-300 text-muted border-t px-4 py-2.5 text-xs">
        {messages.length === 0
          ? "Nothing was written. Nothing can be written any more."
          : "This chat was deleted with the end of the session: when you leave this page it is gone. " +
            "Nothing can be written any more."}
      </p>
    </>
  );
}

function toNewest(list: HTMLElement | null): void {
  if (list !== null) list.scrollTop = list.scrollHeight;
}

function Row({ message }: { message: LocalMessage }) {
  const { user, text = "", created_at: at, attachments = [] } = message;
  const names = attachments.map(({ title, fallback, type }) => title ?? fallback ?? type ?? "a file");
  return (
    <li className="mt-3 first:mt-0" data-testid="message">
      <p className="mb-0.5 flex items-baseline gap-1.5 text-xs">
        <bdi className="truncate font-semibold">{user?.name ?? "Somebody"}</bdi>
        <time className="text-muted ml-auto shrink-0 tabular-nums" dateTime={at.toISOString()}>
          {clock(at.toISOString())}
        </time>
      </p>
      <MessageText text={text} />
      {names.length > 0 && <p className="text-muted text-xs">Attached: {names.join(", ")}</p>}
    </li>
  );
}
