import { lazy, Suspense } from "react";

import type { Session } from "../../api/types";
import { useRoom } from "../context";

/** The column for talking: the call on top, the chat below it. */
export function TalkPane({ session }: { session: Session | null }) {
  const role = useRoom((state) => state.role) ?? session?.role ?? null;
  return (
    <section className="flex h-full min-h-0 flex-col" aria-label="Talk" data-testid="talk">
      <Suspense fallback={<p className="text-muted px-4 py-3">Loading the chat…</p>}>
        <ChatPane role={role} />
      </Suspense>
    </section>
  );
}

const ChatPane = lazy(async () => {
  const { ChatPane } = await import("../chat/ChatPane");
  return { default: ChatPane };
});
