import type { ChatChannel, ChatMessage, ChatPage, ChannelName } from "../api/types";
import type { ClientEvent, ServerEvent } from "./events";
import { Store } from "./store";

/** A message written here that the server has not taken yet. */
export interface Outgoing {
  /** Made here: the same message sent again is known by it. */
  key: string;
  channel: ChannelName;
  text: string;
  /** Why the server did not take it; `null`: it is on its way, or waits for the connection. */
  refusal: string | null;
}

export interface ChatState {
  /** Those this person may see; none before the first greeting. */
  channels: readonly ChatChannel[];
  /** In the order they were written. */
  outgoing: readonly Outgoing[];
}

/** The messages of one channel, the newest before that number. */
export type AskPage = (channel: ChannelName, before?: number) => Promise<ChatPage>;

type Send = (event: ClientEvent) => boolean;

/**
 * What is said in one room: in the order of the server's numbers, each message once.
 *
 * Whatever was written goes out again, under the same key, at every greeting until the server has
 * answered; so a lost connection neither loses a message nor doubles it.
 */
export class Chat {
  readonly store = new Store<ChatState>({ channels: [], outgoing: [] });
  private readonly asking = new Set<ChannelName>(); // of which what is missing is being asked for

  constructor(
    private readonly send: Send,
    private readonly ask: AskPage,
  ) {}

  /** What a `hello` says; `null`: a room without chat. */
  greeted(told: readonly ChatChannel[] | null): void {
    const channels = (told ?? []).map((channel) => caughtUp(this.find(channel.name), channel));
    const { outgoing } = this.store.get();
    this.store.set({ channels });
    this.settle(outgoing.filter(({ channel }) => channels.some(({ name }) => name === channel)));
    for (const { name, read } of channels) {
      const known = told?.find((channel) => channel.name === name);
      if (known && read > known.read) this.send({ type: "chat.read", channel: name, number: read });
    }
    for (const each of this.store.get().outgoing) if (each.refusal === null) this.dispatch(each);
  }

  /** One message, new or told again. */
  heard(message: ChatMessage): void {
    this.merge(message.channel, [message]);
    void this.fill(message.channel);
  }

  /** What another page of the same person has read. */
  readElsewhere(name: ChannelName, number: number): void {
    this.change(name, (channel) => ({ read: Math.max(channel.read, number) }));
  }

  /** Takes note of a refusal; false when it is not about a message of this page. */
  refused({ key, message }: Extract<ServerEvent, { type: "error" }>): boolean {
    const { outgoing } = this.store.get();
    if (key === undefined || !outgoing.some((each) => each.key === key)) return false;
    this.store.set({
      outgoing: outgoing.map((each) => (each.key === key ? { ...each, refusal: message } : each)),
    });
    return true;
  }

  /** Sends a message, now or as soon as there is a connection. */
  write(channel: ChannelName, text: string): void {
    const written = { key: randomKey(), channel, text, refusal: null };
    this.store.set({ outgoing: [...this.store.get().outgoing, written] });
    this.dispatch(written);
  }

  /** Once more, behind whatever else is on its way. */
  again(key: string): void {
    const { outgoing } = this.store.get();
    const found = outgoing.find((each) => each.key === key);
    if (found === undefined) return;
    const fresh = { ...found, refusal: null };
    this.store.set({ outgoing: [...outgoing.filter((each) => each !== found), fresh] });
    this.dispatch(fresh);
  }

  /** Gives up a message that was refused. */
  discard(key: string): void {
    const { outgoing } = this.store.get();
    this.store.set({ outgoing: outgoing.filter((each) => each.key !== key) });
  }

  /** This person has seen all there is in a channel. */
  seen(name: ChannelName): void {
    const channel = this.find(name);
    if (channel === undefined || channel.read >= channel.last) return;
    this.change(name, () => ({ read: channel.last }));
    this.send({ type: "chat.read", channel: name, number: channel.last });
  }

  /** Adds older messages to a channel. Throws what asking for them does. */
  async older(name: ChannelName): Promise<void> {
    const oldest = this.find(name)?.messages[0];
    if (oldest === undefined) return;
    const { messages, more } = await this.ask(name, oldest.number);
    this.merge(name, messages);
    this.change(name, () => ({ more }));
  }

  /** Without a connection: what was said, of a session that has ended. Throws what asking does. */
  async read(names: readonly ChannelName[]): Promise<void> {
    const pages = await Promise.all(names.map((name) => this.ask(name)));
    const channels = names.map((name, index) => {
      const { messages = [], more = false } = pages[index] ?? {};
      const last = messages.at(-1)?.number ?? 0;
      return caughtUp(this.find(name), { name, messages, more, read: last, last });
    });
    this.store.set({ channels });
  }

  private find(name: ChannelName): ChatChannel | undefined {
    return this.store.get().channels.find((channel) => channel.name === name);
  }

  private change(name: ChannelName, how: (channel: ChatChannel) => Partial<ChatChannel>): void {
    this.store.set({
      channels: this.store
        .get()
        .channels.map((channel) =>
          channel.name === name ? { ...channel, ...how(channel) } : channel,
        ),
    });
  }

  private merge(name: ChannelName, told: readonly ChatMessage[]): void {
    this.change(name, (channel) => {
      const messages = merged(channel.messages, told);
      return { messages, last: Math.max(channel.last, messages.at(-1)?.number ?? 0) };
    });
    this.settle(this.store.get().outgoing);
  }

  /** Takes out what has arrived. */
  private settle(outgoing: readonly Outgoing[]): void {
    const keys = new Set<string>();
    for (const { messages } of this.store.get().channels) for (const { key } of messages) keys.add(key);
    const left = outgoing.filter(({ key }) => !keys.has(key));
    if (left.length < this.store.get().outgoing.length) this.store.set({ outgoing: left });
  }

  /** Asks for messages that were missed. What cannot be had now is asked for the next time. */
  private async fill(name: ChannelName): Promise<void> {
    if (this.asking.has(name)) return;
    this.asking.add(name);
    try {
      for (;;) {
        const channel = this.find(name);
        const before = channel && firstBehindGap(channel);
        if (before === undefined) return;
        const { messages } = await this.ask(name, before);
        this.merge(name, messages);
        if (messages.length === 0) return;
      }
    } catch {
      // not reachable: the greeting after that brings the newest
    } finally {
      this.asking.delete(name);
    }
  }

  private dispatch({ key, channel, text }: Outgoing): void {
    this.send({ type: "chat.send", channel, text, key });
  }
}

/** How many messages of others there are that this person has not seen. */
export function unreadOf(channel: ChatChannel, own: string | undefined): number {
  const { messages, read, last } = channel;
  const oldest = messages[0]?.number ?? last + 1;
  const unknown = Math.max(0, oldest - 1 - read);
  return unknown + messages.filter(({ number, author }) => number > read && author._id !== own).length;
}

/** What is known of a channel after being told of its newest messages. */
function caughtUp(known: ChatChannel | undefined, told: ChatChannel): ChatChannel {
  const newest = known?.messages.at(-1)?.number ?? 0;
  const oldest = told.messages[0]?.number ?? newest + 1;
  const read = Math.max(known?.read ?? 0, told.read);
  // With messages missing between, those before are forgotten: scrolling up brings them back.
  if (known === undefined || known.messages.length === 0 || oldest > newest + 1) {
    return { ...told, read };
  }
  const messages = merged(known.messages, told.messages);
  const more = (messages[0]?.number ?? 1) > 1;
  return { ...told, messages, more, read, last: Math.max(known.last, told.last) };
}

/** By number, each once. */
function merged(known: readonly ChatMessage[], told: readonly ChatMessage[]): readonly ChatMessage[] {
  const ids = new Set(known.map(({ _id }) => _id));
  const fresh = told.filter(({ _id }) => !ids.has(_id));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].sort((a, b) => a.number - b.number);
}

/** The number of the message before which one is missing; the newest such. */
function firstBehindGap({ messages, more }: ChatChannel): number | undefined {
  const behind = messages.findLast(
    ({ number }, index) => number > (messages[index - 1]?.number ?? (more ? number - 1 : 0)) + 1,
  );
  return behind?.number;
}

function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
