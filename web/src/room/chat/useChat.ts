import { useEffect, useState, useSyncExternalStore } from "react";

import { messageOf } from "../../api/client";
import type { ChannelName, Role } from "../../api/types";
import { type ChatState, unreadOf } from "../../collab/chat";
import { unread } from "../../stream/unread";
import { useConnection, useRoom } from "../context";

/** A part of the chat's state. `select` must return something stable: a part, not a new object. */
export function useChat<T>(select: (state: ChatState) => T): T {
  const { store } = useConnection().chat;
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** How many messages this person has not seen, in one channel or in all; Stream's are everybody's. */
export function useUnread(only?: ChannelName): number {
  const own = useRoom((state) => state.you?._id);
  const elsewhere = useSyncExternalStore(unread.subscribe, () => unread.get().count);
  const here = useChat(({ channels }) =>
    channels
      .filter(({ name }) => only === undefined || name === only)
      .reduce((sum, channel) => sum + unreadOf(channel, own), 0),
  );
  return only === "staff" ? here : here + elsewhere;
}

/** Of a session that has ended nothing is told over the socket: it is asked for, once. */
export function useEndedChat(role: Role | null): { error: string | null; retry: () => void } {
  const { chat } = useConnection();
  const ended = useRoom(({ phase }) => phase === "ended");
  const known = useChat(({ channels }) => channels.length > 0);
  const [error, setError] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const wanted = ended && !known && role !== null;
  useEffect(() => {
    if (!wanted) return;
    const names: ChannelName[] = role === "participant" ? ["everybody"] : ["everybody", "staff"];
    chat.read(names).then(
      () => setError(null),
      (reason: unknown) => setError(messageOf(reason)),
    );
  }, [chat, wanted, role, attempt]);
  return { error: wanted ? error : null, retry: () => setAttempt((count) => count + 1) };
}
