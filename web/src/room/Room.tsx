import { lazy } from "react";

import { useSession } from "../api/queries";
import { Part } from "../components/Part";
import { Banner } from "./Banner";
import { useRoom } from "./context";
import { CursorStyles } from "./CursorStyles";
import { useRoomEffects } from "./effects";
import { Header } from "./Header";
import { Panes } from "./Panes";
import { PeoplePane } from "./PeoplePane";
import { Refused } from "./Refused";
import { Removed } from "./Removed";
import { TalkPane } from "./talk/TalkPane";

export function Room({ sessionId }: { sessionId: string }) {
  const stored = useSession(sessionId);
  const live = useRoom((state) => state.session);
  const loaded = useRoom((state) => state.loaded);
  const phase = useRoom((state) => state.phase);
  const removed = useRoom((state) => state.removed);
  const calls = useRoom((state) => state.media === "builtin");
  const session = live ?? stored.data ?? null;

  useRoomEffects(session?.problem);

  if (phase === "refused" && removed) return <Removed />;
  if (phase === "refused" && !loaded) return <Refused />;
  return (
    <div className="bg-base-200 flex h-dvh flex-col overflow-hidden">
      <Header sessionId={sessionId} session={session} />
      <Banner session={session} />
      <Panes
        sessionId={sessionId}
        people={
          <Part name="The list of people">
            <PeoplePane sessionId={sessionId} session={session} />
          </Part>
        }
        talk={<TalkPane session={session} />}
        talkHidden={(show) =>
          calls && (
            <Part name="The call">
              <CallStrip show={show} />
            </Part>
          )
        }
      />
      {calls && (
        <Part name="The call">
          <CallKeeper />
        </Part>
      )}
      <CursorStyles />
    </div>
  );
}

const CallStrip = lazy(async () => {
  const { CallStrip } = await import("./call/CallStrip");
  return { default: CallStrip };
});

const CallKeeper = lazy(async () => {
  const { CallKeeper } = await import("./call/CallKeeper");
  return { default: CallKeeper };
});
