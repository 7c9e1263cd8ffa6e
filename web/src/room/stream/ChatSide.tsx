import "stream-chat-react/css/index.css";
import "./stream.css";

import { useEffect, useState } from "react";
import {
  Channel,
  Chat,
  MessageComposer,
  MessageList,
  Thread,
  useChannelStateContext,
  Window,
} from "stream-chat-react";

import type { ChatSide as Side } from "../../stream/clients";
import { useTheme } from "../../theme";
import { useRoom } from "../context";

/** Stream's chat of the session: messages, threads, reactions. */
export function ChatSide({ side }: { side: Side }) {
  const theme = useTheme();
  const online = useOnline(side);
  const over = useRoom(({ phase }) => phase === "ended" || phase === "refused");
  return (
    <>
      {!online && (
        <p role="status" className="bg-base-200 px-4 py-1.5 text-sm" data-testid="chat-offline">
          Stream’s chat cannot be reached right now; it is tried again and again.
        </p>
      )}
      <div className="stream-chat min-h-0 flex-1">
        <Chat
          client={side.client}
          theme={theme === "night" ? "str-chat__theme-dark" : "str-chat__theme-light"}
          defaultLanguage="en"
        >
          <Channel channel={side.channel}>
            <Window>
              <MessageList />
              {over ? <Over /> : <MessageComposer />}
            </Window>
            <Thread />
          </Channel>
        </Chat>
      </div>
    </>
  );
}

function Over() {
  const { messages } = useChannelStateContext();
  return (
    <p className="border-base-300 text-muted border-t px-4 py-2.5 text-xs">
      {messages?.length ? "" : "Nothing was written. "}Nothing can be written any more.
    </p>
  );
}

/** Whether the library is connected; it connects again by itself. */
function useOnline({ client }: Side): boolean {
  const [online, setOnline] = useState(true);
  useEffect(() => {
    const { unsubscribe } = client.on("connection.changed", (event) =>
      setOnline(event.online !== false),
    );
    return unsubscribe;
  }, [client]);
  return online;
}
