import { Lock } from "lucide-react";
import { useState } from "react";

import type { ChannelName, Role } from "../../api/types";
import { useRoom } from "../context";
import { Composer } from "./Composer";
import { Count } from "./Count";
import { MessageList } from "./MessageList";
import { useChat, useEndedChat, useUnread } from "./useChat";

const TITLES: Record<ChannelName, string> = { everybody: "Everybody", staff: "Interviewers" };
const UNWRITTEN: Record<ChannelName, string> = { everybody: "", staff: "" };

interface PaneProps {
  role: Role | null;
  /** Just this channel, under a heading of somebody else's. */
  only?: ChannelName;
}

/** What is written in the session, by channel; one who sees but one has no tabs. */
export function ChatPane({ role, only }: PaneProps) {
  const all = useChat((state) => state.channels);
  const channels = only === undefined ? all : all.filter(({ name }) => name === only);
  const over = useRoom(({ phase }) => phase === "ended" || phase === "refused");
  const [chosen, setChosen] = useState<ChannelName>("everybody");
  const [drafts, setDrafts] = useState(UNWRITTEN);
  const { error, retry } = useEndedChat(role);
  const channel = channels.find(({ name }) => name === chosen) ?? channels[0];
  if (channel === undefined) return <Missing error={error} retry={retry} />;
  const { name } = channel;
  return (
    <section className="flex min-h-0 flex-1 flex-col" aria-label="Chat" data-testid="chat">
      {channels.length > 1 ? (
        <div role="tablist" aria-label="Channels" className="border-base-300 flex border-b px-2">
          {channels.map((each) => (
            <Tab
              key={each.name}
              name={each.name}
              selected={each.name === name}
              choose={() => setChosen(each.name)}
            />
          ))}
        </div>
      ) : (
        only === undefined && (
          <h2 className="pane-title border-base-300 border-b px-4 py-2.5">Chat</h2>
        )
      )}
      <MessageList key={name} channel={channel} />
      {over ? (
        <p className="border-base-300 text-muted border-t px-4 py-2.5 text-xs">
          {name === "staff" && "The candidate does not see this channel. "}Nothing can be written any
          more.
        </p>
      ) : (
        <Composer
          channel={name}
          draft={drafts[name]}
          setDraft={(text) => setDrafts((before) => ({ ...before, [name]: text }))}
        />
      )}
    </section>
  );
}

interface TabProps {
  name: ChannelName;
  selected: boolean;
  choose: () => void;
}

function Tab({ name, selected, choose }: TabProps) {
  const unread = useUnread(name);
  return (
    <button
      type="button"
      role="tab"
      aria-selected={selected}
      data-testid={`channel-${name}`}
      className={`-mb-px flex min-h-10 items-center gap-1.5 border-b-2 px-2.5 text-xs font-medium -outline-offset-2 ${
        selected ? "border-primary" : "text-muted border-transparent"
      }`}
      onClick={choose}
    >
      {name === "staff" && <Lock className="size-3" aria-hidden />}
      {TITLES[name]}
      <Count unread={unread} />
    </button>
  );
}

function Missing({ error, retry }: { error: string | null; retry: () => void }) {
  return (
    <section className="text-muted min-h-0 flex-1 px-4 py-3" aria-label="Chat" data-testid="chat">
      {error === null ? (
        "Loading the chat…"
      ) : (
        <>
          {error}{" "}
          <button type="button" className="link" onClick={retry}>
            Try again
          </button>
        </>
      )}
    </section>
  );
}
