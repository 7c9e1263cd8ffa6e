import { lazy, Suspense } from "react";

/** The column for talking: the call on top, the chat below it. */
export function TalkPane() {
  return (
    <section className="flex h-full min-h-0 flex-col" aria-label="Talk" data-testid="talk">
      <Suspense fallback={<p className="text-muted px-4 py-3">Loading the chat…</p>}>
        <ChatPane />
      </Suspense>
    </section>
  );
}

const ChatPane = lazy(async () => {
  const { ChatPane } = await import("../chat/ChatPane");
  return { default: ChatPane };
});
