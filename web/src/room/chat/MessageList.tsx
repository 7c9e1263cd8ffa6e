import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import { messageOf } from "../../api/client";
import type { ChatChannel, ChatMessage } from "../../api/types";
import { useConnection } from "../context";
import { MessageRow, OutgoingRow } from "./MessageRow";
import { useChat, useUnread } from "./useChat";
import { useScroll } from "./useScroll";

const TOGETHER_MS = 5 * 60_000;

/** One channel: what was said, what is still on its way, and older messages on scrolling up. */
export function MessageList({ channel }: { channel: ChatChannel }) {
  const { name, messages, more, last } = channel;
  const outgoing = useChat((state) => state.outgoing);
  const mine = outgoing.filter((each) => each.channel === name);
  const oldest = messages[0]?.number ?? 0;
  const { list, end, atEnd, toEnd } = useScroll(last, oldest, mine.length);
  useSeen(channel, atEnd);
  const unread = useUnread(name);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={list}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
        role="log"
        aria-label={name === "staff" ? "Messages of the interviewers" : "Messages of everybody"}
        tabIndex={0}
        data-testid="messages"
      >
        <div>
          {more && <Older key={oldest} channel={channel} />}
          {messages.length === 0 && mine.length === 0 && <Nothing channel={channel} />}
          <ol>
            {messages.map((message, index) => (
              <MessageRow
                key={message._id}
                message={message}
                first={!together(messages[index - 1], message)}
              />
            ))}
            {mine.map((message) => (
              <OutgoingRow key={message.key} message={message} />
            ))}
          </ol>
        </div>
        <div ref={end} className="h-px" />
      </div>
      {!atEnd && unread > 0 && (
        <button
          type="button"
          className="btn btn-xs btn-primary absolute bottom-2 left-1/2 -translate-x-1/2 shadow"
          data-testid="to-newest"
          onClick={toEnd}
        >
          <ArrowDown className="size-3" aria-hidden />
          {unread === 1 ? "1 new message" : `${unread} new messages`}
        </button>
      )}
    </div>
  );
}

function together(before: ChatMessage | undefined, message: ChatMessage): boolean {
  return (
    before?.author._id === message.author._id &&
    before.author.role === message.author.role &&
    Date.parse(message.createdAt) - Date.parse(before.createdAt) < TOGETHER_MS
  );
}

function Nothing({ channel }: { channel: ChatChannel }) {
  return (
    <p className="text-muted text-pretty">
      {channel.name === "staff"
        ? "Nothing written yet. The candidate never sees what is written here."
        : "Nothing written yet. Everybody in this session sees what is written here."}
    </p>
  );
}

/** The way back: loads what is older as soon as it comes into sight. */
function Older({ channel }: { channel: ChatChannel }) {
  const { chat } = useConnection();
  const element = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { name } = channel;
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting !== true) return;
      observer.disconnect();
      chat.older(name).catch((reason: unknown) => setError(messageOf(reason)));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [chat, name, attempt]);
  const retry = () => {
    setError(null);
    setAttempt((count) => count + 1);
  };
  return (
    <div ref={element} className="text-muted pb-3 text-center text-xs" data-testid="older">
      {error === null ? (
        "Loading older messages…"
      ) : (
        <>
          {error}{" "}
          <button type="button" className="link" onClick={retry}>
            Try again
          </button>
        </>
      )}
    </div>
  );
}

/** Marks as read what somebody has before them: the end in sight, and the page in front. */
function useSeen({ name, last, read }: ChatChannel, atEnd: boolean): void {
  const { chat } = useConnection();
  const shown = useSyncExternalStore(
    (listener) => {
      document.addEventListener("visibilitychange", listener);
      return () => document.removeEventListener("visibilitychange", listener);
    },
    () => document.visibilityState === "visible",
  );
  useEffect(() => {
    if (shown && atEnd && last > read) chat.seen(name);
  }, [chat, name, shown, atEnd, last, read]);
}
