import { lazy } from "react";

import type { Session } from "../../api/types";
import { Part } from "../../components/Part";
import { useRoom } from "../context";
import { PastRecordings } from "../stream/Recordings";

/** The column for talking: the call on top, the chat below it. */
export function TalkPane({ session }: { session: Session | null }) {
  const role = useRoom((state) => state.role) ?? session?.role ?? null;
  const media = useRoom((state) => state.media);
  const ended = useRoom(({ phase }) => phase === "ended" || phase === "refused");
  const callId = media === "stream" ? session?.callId : undefined;
  return (
    <section className="flex h-full min-h-0 flex-col" aria-label="Talk" data-testid="talk">
      {media === "builtin" && !ended && (
        <Part name="The call">
          <CallPane />
        </Part>
      )}
      {ended && !callId && role === "host" && session?.kind === "interview" && (
        <PastRecordings sessionId={session._id} />
      )}
      {session && callId ? (
        <Part
          name="Call and chat"
          waiting={<p className="text-muted px-4 py-3">Loading the call…</p>}
        >
          <StreamPane sessionId={session._id} callId={callId} />
        </Part>
      ) : (
        <Part
          name="The chat"
          waiting={<p className="text-muted px-4 py-3">Loading the chat…</p>}
        >
          <ChatPane role={role} />
        </Part>
      )}
    </section>
  );
}

/** Only where Stream carries calls: its libraries are as large as the editor. */
const StreamPane = lazy(async () => {
  const { StreamPane } = await import("../stream/StreamPane");
  return { default: StreamPane };
});

const ChatPane = lazy(async () => {
  const { ChatPane } = await import("../chat/ChatPane");
  return { default: ChatPane };
});

const CallPane = lazy(async () => {
  const { CallPane } = await import("../call/CallPane");
  return { default: CallPane };
});
