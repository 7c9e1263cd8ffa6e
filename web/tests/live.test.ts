import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { type LiveOptions, LiveUpdates, TOPICS, topicsOf } from "../src/api/live";
import { CLOSE_CODES } from "../src/collab/closeCodes";

let server: WebSocketServer;
let live: LiveUpdates;
let connections: number;
let signedOut: number;
let changes: { topics: readonly string[]; behind: boolean }[];
let refusal: number | null;
let greets: boolean;

const EVERYTHING = JSON.stringify({ type: "changed", what: TOPICS });

function listen(port = 0): Promise<void> {
  return new Promise((resolve) => {
    server = new WebSocketServer({ port }, resolve);
    server.on("connection", (socket) => {
      connections += 1;
      if (refusal !== null) socket.close(refusal);
      else if (greets) socket.send(EVERYTHING);
    });
  });
}

const port = () => (server.address() as AddressInfo).port;

/** Ends it as a killed process does. */
function kill(): Promise<void> {
  for (const socket of server.clients) socket.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
}

function following(options: Partial<LiveOptions> = {}): LiveUpdates {
  return new LiveUpdates({
    url: `ws://localhost:${port()}/ws/live`,
    onChange: (topics, behind) => changes.push({ topics, behind }),
    onSignedOut: () => (signedOut += 1),
    socketClass: WebSocket as unknown as typeof globalThis.WebSocket,
    pollMs: 3_600_000, // never, unless a test wants it
    longestWaitMs: 200,
    ...options,
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

const say = (message: string) => {
  for (const socket of server.clients) socket.send(message);
};

beforeEach(async () => {
  connections = signedOut = 0;
  changes = [];
  refusal = null;
  greets = true;
  await listen();
  live = following();
});

afterEach(async () => {
  live.stop();
  await kill();
});

test("everything is asked for anew once the server listens, not when the connection opens", async () => {
  greets = false;
  live.start();
  await until(() => connections === 1);
  say('{"type":"changed","what":["stats"]}'); // comes after the opening, which asked for nothing
  await until(() => changes.length === 1);
  say(EVERYTHING);
  await until(() => changes.length === 2);
  expect(changes).toEqual([
    { topics: ["stats"], behind: false },
    { topics: TOPICS, behind: false },
  ]);
});

test("what the server says has changed is asked for", async () => {
  live.start();
  await until(() => changes.length === 1);
  say('{"type":"changed","what":["stats"]}');
  await until(() => changes.length === 2);
  expect(changes[1]).toEqual({ topics: ["stats"], behind: false });
});

test("a server that was away is found again, and everything is asked for", async () => {
  live.start();
  await until(() => changes.length === 1);
  const where = port();
  await kill();
  await listen(where);
  await until(() => changes.length === 2);
  expect(changes[1]).toEqual({ topics: TOPICS, behind: false });
  say('{"type":"changed","what":["sessions"]}');
  await until(() => changes.length === 3);
});

test("it asks now and then while there is no connection, and only then", async () => {
  let polled = 0;
  refusal = CLOSE_CODES.NOT_ALLOWED;
  const refused = following({ pollMs: 10, onChange: () => (polled += 1) });
  refused.start();
  await until(() => polled > 0);
  refusal = null;
  live = following({ pollMs: 10 });
  live.start();
  await until(() => changes.length > 0);
  const before = changes.length;
  polled = 0;
  await until(() => polled === 5);
  expect(changes.length).toBe(before);
  refused.stop();

  await kill();
  await until(() => changes.length === before + 3);
  await listen();
});

test("a network that is gone is given up at once and looked for when it is back", async () => {
  live = following({ longestWaitMs: 3_600_000 });
  live.start();
  await until(() => changes.length === 1);
  live.drop();
  await until(() => server.clients.size === 0);
  live.hurry();
  await until(() => changes.length === 2);
  expect(connections).toBe(2);
});

test("who is not signed in any more is told so once, and not connected again", async () => {
  refusal = CLOSE_CODES.NOT_SIGNED_IN;
  live.start();
  await until(() => signedOut === 1);
  live.hurry();
  expect(connections).toBe(1);
});

test("a page that may not listen polls instead of trying again", async () => {
  refusal = CLOSE_CODES.NOT_ALLOWED;
  live = following({ pollMs: 20 });
  live.start();
  await until(() => changes.length >= 3);
  expect(connections).toBe(1);
});

test("after it was stopped nothing is told and nothing is tried", async () => {
  live.start();
  await until(() => changes.length === 1);
  say('{"type":"changed","what":["stats"]}');
  live.stop();
  live.hurry();
  await until(() => server.clients.size === 0);
  expect(changes.length).toBe(1);
  expect(connections).toBe(1);
});

test("one that is stopped while it connects is closed when it has connected", async () => {
  live.start();
  live.stop();
  await until(() => connections === 1 && server.clients.size === 0);
  expect(changes).toEqual([]);
});

test.each([
  ['{"type":"changed","what":["sessions","stats"]}', ["sessions", "stats"]],
  ['{"type":"changed","what":["stats","of a later version"]}', ["stats"]],
  ['{"type":"hello"}', []],
  ['{"what":"stats"}', []],
  ["null", []],
  ["[]", []],
  ["not JSON", []],
])("of %s the page understands %j", (message, topics) => {
  expect(topicsOf(message)).toEqual(topics);
});
