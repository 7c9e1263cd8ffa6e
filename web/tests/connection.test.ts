import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";

import { ApiError } from "../src/api/client";
import { CLOSE_CODES } from "../src/collab/closeCodes";
import { type Options, RoomConnection, type RoomState } from "../src/collab/connection";
import { textOf } from "../src/collab/document";
import { RoomServer } from "./room-server";

let server: RoomServer;
let connection: RoomConnection;
let asked = 0;
let ticketError: Error | null = null;

beforeEach(async () => {
  server = await RoomServer.start();
  server.doc.getMap("files").set("main.py", { language: "python" });
  textOf(server.doc, "main.py").insert(0, "pass\n");
  asked = 0;
  ticketError = null;
  connection = new RoomConnection(options());
  connection.start();
});

const options = (): Options => ({
  sessionId: "s1",
  roomsUrl: server.url,
  socketClass: WebSocket as unknown as typeof globalThis.WebSocket,
  askTicket: () => {
    asked += 1;
    if (ticketError) return Promise.reject(ticketError);
    return Promise.resolve({ ticket: `t${asked}`, url: "", role: "host", expiresIn: 120 });
  },
});

afterEach(async () => {
  connection.stop();
  await server.kill();
});

function reached(condition: (state: RoomState) => boolean): Promise<RoomState> {
  const { store } = connection;
  return new Promise((resolve) => {
    const check = () => {
      if (!condition(store.get())) return;
      unsubscribe();
      resolve(store.get());
    };
    const unsubscribe = store.subscribe(check);
    check();
  });
}

const connected = () => reached((state) => state.phase === "connected");
const text = () => textOf(connection.doc, "main.py");

async function endedBy(code: number): Promise<RoomState> {
  await connected();
  for (const socket of server.sockets) socket.close(code);
  return reached((state) => state.phase === "ended" || state.phase === "refused");
}

test("connected means both the document and the hello are here", async () => {
  const state = await connected();
  expect(text().toString()).toBe("pass\n");
  expect(state).toMatchObject({ role: "host", loaded: true, unsaved: false });
});

test("the first ticket goes into the address, with events asked for", async () => {
  await connected();
  expect(server.urls).toEqual(["/s1?ticket=t1&events=1"].map((end) => `/ws/rooms${end}`));
});

test("an edit is unsaved until the server calls its frame durable", async () => {
  server.saves = false;
  await connected();
  text().insert(0, "x");
  expect(connection.store.get().unsaved).toBe(true);
  server.tell({ type: "saved", frames: 2 }); // the sync step 2 and the edit
  await reached((state) => !state.unsaved);
});

test("what was typed while the server was dead arrives when it is back", async () => {
  await connected();
  const { port } = server;
  await server.kill();
  await reached((state) => state.phase === "reconnecting");
  text().insert(0, "typed offline ");
  expect(connection.store.get().unsaved).toBe(true);
  await server.restart(port);
  await connected();
  await reached((state) => !state.unsaved);
  expect(textOf(server.doc, "main.py").toString()).toBe("typed offline pass\n");
});

test("a server that says it restarts has everybody back before they are told", async () => {
  await connected();
  const told: string[] = [];
  connection.store.subscribe(() => {
    const { phase, restarting } = connection.store.get();
    if (phase !== "connected" && !restarting) told.push(phase);
  });
  const began = Date.now();
  for (const socket of server.sockets) socket.close(CLOSE_CODES.RESTARTING);
  await reached((state) => state.restarting);
  text().insert(0, "typed meanwhile ");
  expect(connection.store.get().unsaved).toBe(true);
  await reached((state) => state.phase === "connected" && !state.restarting && !state.unsaved);
  expect(Date.now() - began).toBeLessThan(2000);
  expect(told).toEqual([]);
  expect(textOf(server.doc, "main.py").toString()).toBe("typed meanwhile pass\n");
});

test("a restart that takes longer is told", async () => {
  await connected();
  for (const socket of server.sockets) socket.close(CLOSE_CODES.RESTARTING);
  await reached((state) => state.restarting);
  await server.kill();
  await reached((state) => state.phase === "reconnecting" && !state.restarting);
});

test("an edit that was sent but never confirmed stays unsaved over a reconnect", async () => {
  server.saves = false;
  await connected();
  text().insert(0, "x");
  for (const socket of server.sockets) socket.terminate();
  await reached((state) => state.phase === "reconnecting");
  expect(connection.store.get().unsaved).toBe(true);
  server.saves = true;
  await reached((state) => state.phase === "connected" && !state.unsaved);
});

test("a server that has gone silent without closing is given up and asked again", async () => {
  await connected();
  connection.stop();
  connection = new RoomConnection({ ...options(), silenceMs: 100 });
  connection.start();
  await connected();
  await reached((state) => state.phase === "reconnecting");
  await connected();
  expect(server.urls.at(-1)).toBe("/ws/rooms/s1?ticket=t3&events=1&epoch=e1");
});

test("every reconnect brings a new ticket and the epoch that hello told", async () => {
  await connected();
  for (const socket of server.sockets) socket.close(CLOSE_CODES.RESTARTING);
  await reached((state) => state.phase === "reconnecting");
  await connected();
  expect(server.urls[1]).toBe("/ws/rooms/s1?ticket=t2&events=1&epoch=e1");
});

test("a refused ticket is replaced once, a second refusal is final", async () => {
  server.refuse = CLOSE_CODES.NOT_SIGNED_IN;
  await reached((state) => state.phase === "refused");
  expect(asked).toBe(2);
});

test("another epoch starts over with a fresh document and without the old epoch", async () => {
  await connected();
  const before = connection.doc;
  server.epoch = "e2";
  for (const socket of server.sockets) socket.close(CLOSE_CODES.WRONG_EPOCH);
  await reached((state) => state.generation === 1 && state.phase === "connected");
  expect(connection.doc).not.toBe(before);
  expect(text().toString()).toBe("pass\n");
  expect(server.urls[1]).not.toContain("epoch");
});

test("the end of the session is not followed by another attempt", async () => {
  expect((await endedBy(CLOSE_CODES.SESSION_ENDED)).phase).toBe("ended");
  expect(asked).toBe(1);
});

test("a connection that was sent away for good says why", async () => {
  const state = await endedBy(CLOSE_CODES.NOT_ALLOWED);
  expect(state.phase).toBe("refused");
  expect(state.refusal).toContain("allowed");
});

test("who was put out of the room is told so in the server's words, and stays out", async () => {
  await connected();
  for (const socket of server.sockets) socket.close(CLOSE_CODES.NOT_ALLOWED, "Ada removed you.");
  const state = await reached((state) => state.phase === "refused");
  expect(state).toMatchObject({ removed: true, refusal: "Ada removed you." });
  expect(asked).toBe(1);
});

test("who comes back after being removed is told the same, without a room", async () => {
  ticketError = new ApiError("Ada removed you.", "removed", 403);
  connection.stop();
  connection = new RoomConnection(options());
  connection.start();
  const state = await reached((state) => state.phase === "refused");
  expect(state).toMatchObject({ removed: true, loaded: false, refusal: "Ada removed you." });
});

test("who was never in the room was not removed from it", async () => {
  server.refuse = CLOSE_CODES.NOT_ALLOWED;
  expect(await reached((state) => state.phase === "refused")).toMatchObject({ removed: false });
});

test("without a server for tickets it goes on asking", async () => {
  await connected();
  ticketError = new ApiError("gone", "unreachable", 0);
  for (const socket of server.sockets) socket.terminate();
  await reached((state) => state.phase === "reconnecting");
  while (asked < 3) await new Promise(setImmediate);
  ticketError = null;
  connection.hurry();
  await connected();
});

test("a ticket that is refused for a reason ends the attempts with that reason", async () => {
  await connected();
  ticketError = new ApiError("This session has ended.", "session_ended", 400);
  for (const socket of server.sockets) socket.terminate();
  await reached((state) => state.phase === "ended");
});

test("after the end the code can be filled in, and counts as saved", async () => {
  server.refuse = CLOSE_CODES.SESSION_ENDED;
  await reached((state) => state.phase === "ended");
  connection.fill([{ path: "main.py", language: "python", text: "done\n" }]);
  expect(text().toString()).toBe("done\n");
  expect(connection.store.get()).toMatchObject({ loaded: true, unsaved: false });
});

test("degraded lasts until the next saved", async () => {
  await connected();
  server.tell({ type: "degraded", readOnly: true, message: "full" });
  await reached((state) => state.degraded?.readOnly === true);
  server.tell({ type: "saved", frames: 1 });
  await reached((state) => state.degraded === null);
});

test("events go out on the open connection, and are refused without one", async () => {
  await connected();
  expect(connection.send({ type: "run.stop", id: "r1" })).toBe(true);
  while (server.events.length === 0) await new Promise(setImmediate);
  expect(server.events).toEqual([{ type: "run.stop", id: "r1" }]);
  connection.stop();
  expect(connection.send({ type: "run.stop", id: "r1" })).toBe(false);
});
