import { Lock } from "lucide-react";

import { Count } from "../chat/Count";
import { useUnread } from "../chat/useChat";
import { useRoom } from "../context";

export type Shown = "everybody" | "staff";

interface Props {
  shown: Shown;
  show: (channel: Shown) => void;
}

/** Where to write: to everybody, or among interviewers, which the candidate never sees. */
export function Channels({ shown, show }: Props) {
  const candidate = useRoom(({ role }) => role === "participant");
  const unread = { everybody: useUnread("everybody"), staff: useUnread("staff") };
  if (candidate) {
    return <h2 className="pane-title border-base-300 border-b px-4 py-2.5">Chat</h2>;
  }
  return (
    <div role="tablist" aria-label="Channels" className="border-base-300 flex border-b px-2">
      {(["everybody", "staff"] as const).map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={shown === name}
          data-testid={`channel-${name}`}
          className={`-mb-px flex min-h-10 items-center gap-1.5 border-b-2 px-2.5 text-xs font-medium -outline-offset-2 ${
            shown === name ? "border-primary" : "text-muted border-transparent"
          }`}
          onClick={() => show(name)}
        >
          {name === "staff" && <Lock className="size-3" aria-hidden />}
          {name === "staff" ? "Interviewers" : "Everybody"}
          <Count unread={unread[name]} />
        </button>
      ))}
    </div>
  );
}
