import { beforeEach, describe, expect, test } from "vitest";

import type { ChannelName, ChatChannel, ChatMessage, ChatPage } from "../src/api/types";
import { Chat, unreadOf } from "../src/collab/chat";
import type { ClientEvent } from "../src/collab/events";

const ME = "me";

function message(number: number, values: Partial<ChatMessage> = {}): ChatMessage {
  const channel = values.channel ?? "everybody";
  return {
    ...{ _id: `${channel}-${number}`, channel, number, text: `text ${number}` },
    ...{ author: { _id: "ada", name: "Ada", role: "host" }, key: `key-${channel}-${number}` },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", ...values },
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

function channel(messages: ChatMessage[], values: Partial<ChatChannel> = {}): ChatChannel {
  const last = messages.at(-1)?.number ?? 0;
  const more = (messages[0]?.number ?? 1) > 1;
  return { name: "everybody", messages, more, read: 0, last, ...values };
}

let sent: ClientEvent[];
let connected: boolean;
let asked: (number | undefined)[];
let stored: ChatMessage[];
let chat: Chat;

beforeEach(() => {
  sent = [];
  asked = [];
  stored = [];
  connected = true;
  const send = (event: ClientEvent) => {
    if (connected) sent.push(event);
    return connected;
  };
  const ask = (name: ChannelName, before = Infinity): Promise<ChatPage> => {
    asked.push(before);
    const older = stored.filter((each) => each.channel === name && each.number < before);
    return Promise.resolve({ messages: older.slice(-50), more: older.length > 50 });
  };
  chat = new Chat(send, ask);
});

const shown = (index = 0) => chat.store.get().channels[index]?.messages.map(({ number }) => number);
const settled = () => new Promise((resolve) => setTimeout(resolve));
const sends = () => sent.filter((event) => event.type === "chat.send");

describe("what was said", () => {
  test("is in the order of its numbers, each message once", () => {
    chat.greeted([channel(range(1, 2))]);
    for (const number of [4, 3, 3, 4, 2]) chat.heard(message(number));
    expect(shown()).toEqual([1, 2, 3, 4]);
    expect(chat.store.get().channels[0]?.last).toBe(4);
  });

  test("is asked for where it was missed", async () => {
    chat.greeted([channel(range(1, 2))]);
    stored = range(1, 130);
    chat.heard(message(130));
    await settled();
    expect(shown()).toEqual(range(1, 130).map(({ number }) => number));
    expect(asked).toEqual([130, 80, 30]);
  });

  test("is told again at a greeting, and what was missed with it", () => {
    chat.greeted([channel(range(1, 5))]);
    chat.greeted([channel(range(4, 8))]);
    expect(shown()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(chat.store.get().channels[0]?.more).toBe(false);
  });

  test("is shown from the newest on after too long an absence, and older on asking", async () => {
    chat.greeted([channel(range(1, 5))]);
    chat.greeted([channel(range(80, 129))]);
    expect(shown()?.[0]).toBe(80);
    expect(chat.store.get().channels[0]?.more).toBe(true);
    stored = range(1, 129);
    await chat.older("everybody");
    expect(shown()).toHaveLength(100);
    await chat.older("everybody");
    expect(shown()).toHaveLength(129);
    expect(chat.store.get().channels[0]?.more).toBe(false);
  });

  test("of a session that has ended is asked for", async () => {
    stored = [...range(1, 3), message(1, { channel: "staff" })];
    await chat.read(["everybody", "staff"]);
    expect([shown(0), shown(1)]).toEqual([[1, 2, 3], [1]]);
    expect(chat.store.get().channels.map((each) => unreadOf(each, ME))).toEqual([0, 0]);
  });

  test("in a channel that one may not see any more is forgotten", () => {
    const staff = channel([message(1, { channel: "staff" })], { name: "staff" });
    chat.greeted([channel(range(1, 2)), staff]);
    chat.greeted([channel(range(1, 2))]);
    expect(chat.store.get().channels.map(({ name }) => name)).toEqual(["everybody"]);
    chat.greeted(null);
    expect(chat.store.get().channels).toEqual([]);
  });
});

describe("what is written here", () => {
  test("goes out once while it waits for its answer, and is gone when it comes back", () => {
    chat.greeted([channel([])]);
    chat.write("everybody", "hello");
    expect(sends()).toMatchObject([{ channel: "everybody", text: "hello" }]);
    const { key } = sends()[0] as { key: string };
    expect(key).toMatch(/^[0-9A-Za-z_-]{20,64}$/);
    expect(chat.store.get().outgoing).toMatchObject([{ key, refusal: null }]);
    chat.heard(message(1, { key, author: { _id: ME, name: "Me", role: "host" } }));
    expect(chat.store.get().outgoing).toEqual([]);
  });

  test("without a connection goes out at the next greeting, in its order and under its key", () => {
    chat.greeted([channel([])]);
    chat.write("everybody", "first");
    connected = false;
    chat.write("everybody", "second");
    const keys = chat.store.get().outgoing.map(({ key }) => key);
    connected = true;
    sent = [];
    chat.greeted([channel([])]);
    expect(sends()).toMatchObject([
      { key: keys[0], text: "first" },
      { key: keys[1], text: "second" },
    ]);
    sent = [];
    chat.greeted([channel([message(1, { key: keys[0] ?? "" })])]); // the answer was lost
    expect(sends()).toMatchObject([{ key: keys[1] }]);
  });

  test("and refused stays, is sent again when asked for, or given up", () => {
    chat.greeted([channel([])]);
    chat.write("everybody", "hello");
    const key = chat.store.get().outgoing[0]?.key ?? "";
    const refusal = { type: "error", code: "storage_unavailable", message: "Away." } as const;
    expect(chat.refused({ ...refusal, key })).toBe(true);
    expect(chat.refused({ ...refusal, key: "another" })).toBe(false);
    expect(chat.refused(refusal)).toBe(false);
    expect(chat.store.get().outgoing).toMatchObject([{ key, refusal: "Away." }]);
    sent = [];
    chat.greeted([channel([])]);
    expect(sends()).toEqual([]); // not by itself
    chat.again(key);
    expect(sends()).toMatchObject([{ key, text: "hello" }]);
    expect(chat.store.get().outgoing).toMatchObject([{ key, refusal: null }]);
    chat.discard(key);
    expect(chat.store.get().outgoing).toEqual([]);
  });
});

describe("what has not been read", () => {
  test("counts the messages of others, also those that are not here", () => {
    const own = { _id: ME, name: "Me", role: "host" } as const;
    const messages = [message(7), message(8, { author: own }), message(9)];
    expect(unreadOf(channel(messages, { read: 8 }), ME)).toBe(1);
    expect(unreadOf(channel(messages, { read: 6 }), ME)).toBe(2);
    expect(unreadOf(channel(messages, { read: 2 }), ME)).toBe(6);
    expect(unreadOf(channel([], { read: 0 }), ME)).toBe(0);
  });

  test("is told to the server once seen, again when it did not hear, and by other pages", () => {
    chat.greeted([channel(range(1, 3))]);
    connected = false;
    chat.seen("everybody");
    connected = true;
    chat.seen("everybody");
    expect(sent).toEqual([]);
    chat.greeted([channel(range(1, 3), { read: 1 })]);
    expect(sent).toEqual([{ type: "chat.read", channel: "everybody", number: 3 }]);
    chat.heard(message(4));
    chat.readElsewhere("everybody", 4);
    expect(chat.store.get().channels[0]?.read).toBe(4);
  });
});
