import { MessagesSquare } from "lucide-react";

import { Count } from "../chat/Count";
import { useUnread } from "../chat/useChat";
import { fold, useFolded } from "./folded";

/** Shows or hides the column for talking, where there is one; on a phone it is a tab. */
export function TalkButton() {
  const folded = useFolded();
  const unread = useUnread();
  const title = folded ? "Show call and chat" : "Hide call and chat";
  return (
    <button
      type="button"
      className={`btn btn-sm btn-ghost gap-1.5 px-2 max-[60rem]:hidden ${folded ? "text-muted" : ""}`}
      aria-pressed={!folded}
      aria-label={unread > 0 ? `${title} (${unread} unread)` : title}
      title={title}
      data-testid="talk-toggle"
      onClick={() => fold(!folded)}
    >
      <MessagesSquare className="size-4" aria-hidden />
      <Count unread={unread} />
    </button>
  );
}
