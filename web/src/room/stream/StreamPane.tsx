import { RotateCw } from "lucide-react";
import { useRef, useState } from "react";

import { Part } from "../../components/Part";
import type { LinkState } from "../../stream/link";
import { ChatPane } from "../chat/ChatPane";
import { useRoom } from "../context";
import { CallSide } from "./CallSide";
import { Channels, type Shown } from "./Channels";
import { ChatSide } from "./ChatSide";
import { ClosedChat } from "./ClosedChat";
import { useLink, useStreamDesk } from "./context";
import { useSeen } from "./useSeen";

interface Props {
  callId: string;
  sessionId: string;
}

/** Call and chat by Stream. What interviewers write among themselves stays on this server. */
export function StreamPane({ callId, sessionId }: Props) {
  const desk = useStreamDesk(callId);
  const video = useLink(desk.video);
  const chat = useLink(desk.chat);
  const role = useRoom((state) => state.role);
  const [shown, show] = useState<Shown>("everybody");
  const channel = role === "participant" ? "everybody" : shown;
  const section = useRef<HTMLElement>(null);
  useSeen(chat, section);
  return (
    <>
      <section
        className="border-base-300 flex max-h-[60%] shrink-0 flex-col overflow-y-auto border-b"
        aria-label="Call"
        data-testid="call"
        data-phase={video.phase}
      >
        <Wait link={video} what="the call" retry={() => desk.video.start()} />
        {video.phase === "up" && (
          <Part name="The call">
            <CallSide side={video.it} sessionId={sessionId} />
          </Part>
        )}
      </section>
      <Channels shown={channel} show={show} />
      {channel === "staff" && <ChatPane role={role} only="staff" />}
      {/* Hidden, not unmounted: what one has begun to write stays, and what comes is counted. */}
      <section
        ref={section}
        className={channel === "staff" ? "hidden" : "flex min-h-0 flex-1 flex-col"}
        aria-label="Chat"
        data-testid="stream-chat"
        data-phase={chat.phase}
      >
        <Wait link={chat} what="the chat" retry={() => desk.chat.start()} />
        {chat.phase === "up" && (
          <Part name="The chat">
            <ChatSide side={chat.it} />
          </Part>
        )}
        {chat.phase === "closed" && <ClosedChat channel={chat.it.channel} />}
      </section>
    </>
  );
}

interface WaitProps {
  link: LinkState<unknown>;
  what: string;
  retry: () => void;
}

/** What stands there until Stream is: that it is being reached, or why it is not. */
function Wait({ link, what, retry }: WaitProps) {
  if (link.phase === "up" || link.phase === "closed") return null;
  if (link.phase === "connecting") {
    return <p className="text-muted px-4 py-3">Opening {what}…</p>;
  }
  return (
    <div role="alert" className="flex items-start justify-between gap-3 px-4 py-3">
      <p>{link.reason}</p>
      <button type="button" className="btn btn-sm" onClick={retry}>
        <RotateCw className="size-3.5" aria-hidden />
        Try again
      </button>
    </div>
  );
}
