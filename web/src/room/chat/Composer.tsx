import { Lock, SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useLayoutEffect, useRef } from "react";

import type { ChannelName } from "../../api/types";
import { useConnection } from "../context";

/** In Unicode code points, as the server counts them. */
const MOST = 4_000;
const NEAR = 3_500;
const HEIGHT = 160; // pixels; longer texts scroll

interface Props {
  channel: ChannelName;
  draft: string;
  setDraft: (text: string) => void;
}

export function Composer({ channel, draft, setDraft }: Props) {
  const { chat } = useConnection();
  const field = useRef<HTMLTextAreaElement>(null);
  const length = Array.from(draft.trim()).length;
  const sendable = length > 0 && length <= MOST;
  const staff = channel === "staff";

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight + 2, HEIGHT)}px`;
  }, [draft, channel]);

  const send = () => {
    if (!sendable) return;
    chat.write(channel, draft.trim());
    setDraft("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="border-base-300 border-t px-3 pt-2.5 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {staff && (
        <p className="text-muted mb-1.5 flex items-center gap-1.5 text-xs">
          <Lock className="size-3 shrink-0" aria-hidden />
          The candidate does not see this channel.
        </p>
      )}
      <div className="flex items-end gap-2">
        <textarea
          ref={field}
          className="textarea min-h-9 w-full min-w-0 flex-1 resize-none px-3 py-1.5 leading-snug max-sm:text-base"
          rows={1}
          dir="auto"
          value={draft}
          placeholder={staff ? "To the interviewers" : "To everybody"}
          aria-label={staff ? "Message to the interviewers" : "Message to everybody"}
          aria-invalid={length > MOST}
          data-testid="compose"
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="btn btn-primary btn-square size-9"
          aria-label="Send"
          title="Send (Enter); Shift+Enter begins a new line"
          data-testid="send"
          disabled={!sendable}
        >
          <SendHorizontal className="size-4" aria-hidden />
        </button>
      </div>
      {length > NEAR && (
        <p
          className={`mt-1 text-xs tabular-nums ${length > MOST ? "text-error" : "text-muted"}`}
          role="status"
          data-testid="length"
        >
          {length > MOST
            ? `${(length - MOST).toLocaleString("en")} characters too long`
            : `${(MOST - length).toLocaleString("en")} characters left`}
        </p>
      )}
    </form>
  );
}
