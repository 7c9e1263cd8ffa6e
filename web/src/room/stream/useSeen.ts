import { type RefObject, useEffect } from "react";

import type { ChatSide } from "../../stream/clients";
import type { LinkState } from "../../stream/link";
import { unread } from "../../stream/unread";

/** Counts what others write in Stream's chat while `element` is out of sight, or the whole page. */
export function useSeen(chat: LinkState<ChatSide>, element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (chat.phase !== "up" || element.current === null) return;
    const { client, channel } = chat.it;
    let inSight = false;
    const look = () => {
      if (inSight && document.visibilityState === "visible") unread.set({ count: 0 });
    };
    unread.set({ count: channel.countUnread() });
    const watch = new IntersectionObserver(([entry]) => {
      inSight = entry?.isIntersecting ?? false;
      look();
    });
    watch.observe(element.current);
    document.addEventListener("visibilitychange", look);
    const { unsubscribe } = channel.on("message.new", ({ user }) => {
      if (user?.id === client.userID) return;
      unread.set({ count: unread.get().count + 1 });
      look();
    });
    return () => {
      unsubscribe();
      watch.disconnect();
      document.removeEventListener("visibilitychange", look);
      unread.set({ count: 0 });
    };
  }, [chat, element]);
}
