import { type Call, CallingState, StreamVideoClient } from "@stream-io/video-react-sdk";
import { type Channel, StreamChat } from "stream-chat";

import { askAccess, Tokens } from "./access";
import { Link, patiently } from "./link";
import { inWords, notYet } from "./words";

export interface ChatSide {
  client: StreamChat;
  channel: Channel;
}

export interface VideoSide {
  client: StreamVideoClient;
  call: Call;
}

const quiet = () => undefined;

/** Events after which the library has put a channel away and throws when it is asked for anything:
 * the session has ended, or this person was removed from it. */
const GONE = [
  "channel.deleted",
  "notification.channel_deleted",
  "notification.removed_from_channel",
] as const;

/** Stream's chat and video of one session on this page. */
export class StreamDesk {
  readonly chat: Link<ChatSide>;
  readonly video: Link<VideoSide>;
  private tokens: Tokens | null = null;
  private clients = new Set<{ loadToken: () => Promise<string> }>();

  constructor(private readonly callId: string) {
    this.chat = new Link(
      (undo) => this.openChat(undo),
      (error) => inWords("The chat", error),
    );
    this.video = new Link(
      (undo) => this.openVideo(undo),
      (error) => inWords("The call", error),
    );
  }

  start(): void {
    this.tokens = new Tokens(askAccess, () => this.renew());
    this.chat.start();
    this.video.start();
  }

  stop(): void {
    this.chat.stop();
    this.video.stop();
    this.tokens?.stop();
    this.tokens = null;
  }

  private tokensNow(): Tokens {
    if (this.tokens === null) throw new Error("stopped");
    return this.tokens;
  }

  /** The libraries take a new token only when asked to, or when the old one was refused. */
  private renew(): void {
    for (const client of this.clients) client.loadToken().catch(quiet);
  }

  private async openChat(undo: (close: () => void) => void): Promise<ChatSide> {
    const tokens = this.tokensNow();
    const access = await tokens.access();
    // not getInstance: one page, one client, gone with the room
    const client = new StreamChat(access.apiKey, {
      baseURL: access.chatUrl,
      timeout: 10_000,
      enableWSFallback: false,
    });
    this.clients.add(client.tokenManager);
    undo(() => {
      this.clients.delete(client.tokenManager);
      client.disconnectUser().catch(quiet);
    });
    await client.connectUser(personOf(access.userId, access.userName, access.userImage), () =>
      tokens.provide(),
    );
    const channel = client.channel(access.channelType, this.callId);
    // before the library draws it once more, which it cannot
    for (const kind of GONE) {
      client.on(kind, ({ cid }) => {
        if (cid === channel.cid) this.chat.closed();
      });
    }
    await patiently(() => channel.watch(), notYet);
    return { client, channel };
  }

  private async openVideo(undo: (close: () => void) => void): Promise<VideoSide> {
    const tokens = this.tokensNow();
    const access = await tokens.access();
    const client = new StreamVideoClient(access.apiKey, {
      baseURL: `${access.videoUrl}/video`,
      timeout: 10_000,
      maxConnectUserRetries: 1,
      clientEventsReportingEnabled: false,
      logLevel: "error",
      ...(access.hintUrl !== null && { locationHintUrl: access.hintUrl }),
    });
    const { tokenManager } = client.streamClient;
    this.clients.add(tokenManager);
    let call: Call | null = null;
    undo(() => {
      this.clients.delete(tokenManager);
      void leave(call).then(() => client.disconnectUser().catch(quiet));
    });
    await client.connectUser(
      personOf(access.userId, access.userName, access.userImage),
      tokens.provide,
    );
    const made = client.call(access.callType, this.callId);
    call = made;
    await patiently(() => made.get(), notYet);
    return { client, call: made };
  }
}

function personOf(id: string, name: string, image: string) {
  return { id, name, ...(image !== "" && { image }) };
}

/** Leaves a call, whether it was joined or not, and turns off what was on for it. */
export async function leave(call: Call | null): Promise<void> {
  if (call === null) return;
  await Promise.allSettled(
    [call.camera, call.microphone, call.screenShare].map((each) =>
      each.disable({ forceStop: true }),
    ),
  );
  const { callingState } = call.state;
  if (callingState !== CallingState.IDLE && callingState !== CallingState.LEFT) {
    await call.leave().catch(quiet);
  }
}
