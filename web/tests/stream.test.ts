import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ApiError } from "../src/api/client";
import type { ServerEvent } from "../src/collab/events";
import { type Access, lifeOf, Tokens } from "../src/stream/access";
import { Link, patiently, TooLate } from "../src/stream/link";
import { Seat, SeatRefused } from "../src/stream/seat";
import { inWords, notYet } from "../src/stream/words";

const token = (seconds: number) =>
  `x.${btoa(JSON.stringify({ user_id: "u1", iat: 1000, exp: 1000 + seconds })).replaceAll("=", "")}.y`;
const access = (seconds: number) => ({ token: token(seconds) }) as Access;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("tokens", () => {
  test("a life is read off the token, not off this machine's clock", () => {
    expect(lifeOf(token(120))).toBe(120_000);
    expect(() => lifeOf("nonsense")).toThrow();
  });

  test("both products together ask once", async () => {
    const ask = vi.fn(() => Promise.resolve(access(100)));
    const tokens = new Tokens(ask, vi.fn());
    await Promise.all([tokens.provide(), tokens.provide(), tokens.access()]);
    expect(ask).toHaveBeenCalledTimes(1);
    tokens.stop();
  });

  test("a token is renewed before it expires, again and again", async () => {
    const ask = vi.fn(() => Promise.resolve(access(100)));
    const renewed = vi.fn();
    const tokens = new Tokens(ask, renewed);
    await tokens.provide();
    await vi.advanceTimersByTimeAsync(80_000);
    expect(renewed).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(80_000);
    expect(renewed).toHaveBeenCalledTimes(2);
    tokens.stop();
    await vi.advanceTimersByTimeAsync(500_000);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  test("renewing that failed is tried again while the present token is still good", async () => {
    const ask = vi.fn(() => Promise.resolve(access(100)));
    const renewed = vi.fn();
    const tokens = new Tokens(ask, renewed);
    await tokens.provide();
    ask.mockRejectedValueOnce(new Error("away"));
    await vi.advanceTimersByTimeAsync(95_000);
    expect(renewed).toHaveBeenCalledTimes(1);
    tokens.stop();
  });
});

describe("links", () => {
  const states = <T>(link: Link<T>) => link.store.get().now;

  test("what fails is told in words, closed, and can be tried again", async () => {
    const close = vi.fn();
    let works = false;
    const link = new Link(
      (undo) => {
        undo(close);
        return works ? Promise.resolve("chat") : Promise.reject(new Error("away"));
      },
      () => "in words",
    );
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(states(link)).toEqual({ phase: "failed", reason: "in words" });
    expect(close).toHaveBeenCalledTimes(1);
    works = true;
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(states(link)).toEqual({ phase: "up", it: "chat" });
    link.stop();
    expect(close).toHaveBeenCalledTimes(2);
  });

  test("silence is a failure too", async () => {
    const link = new Link(
      () => new Promise<string>(() => undefined),
      (error) => (error instanceof TooLate ? "too late" : "?"),
    );
    link.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states(link)).toEqual({ phase: "failed", reason: "too late" });
  });

  test("what is opened after the page has left is closed at once", async () => {
    const close = vi.fn();
    const link = new Link(
      async (undo) => {
        await Promise.resolve();
        undo(close);
        return "late";
      },
      () => "",
    );
    link.start();
    link.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(close).toHaveBeenCalledTimes(1);
    expect(states(link).phase).toBe("connecting");
  });

  test("what is not there yet is waited for, what is refused is not", async () => {
    const absent = Object.assign(new Error("no"), { status: 404 });
    const ask = vi.fn().mockRejectedValueOnce(absent).mockResolvedValueOnce("there");
    const waiting = patiently(ask as () => Promise<string>, notYet, [10]);
    await vi.advanceTimersByTimeAsync(10);
    expect(await waiting).toBe("there");
    const refused = Object.assign(new Error("no"), { status: 401 });
    await expect(patiently(() => Promise.reject(refused), notYet, [10])).rejects.toBe(refused);
  });
});

describe("errors in words", () => {
  const told = (error: unknown) => inWords("The chat", error);

  test("a sign-in that is not taken, by number, in JSON, or seen before it is sent", () => {
    const words = "The chat cannot be opened: Stream did not accept your sign-in.";
    expect(told(Object.assign(new Error(""), { code: 43, StatusCode: 401 }))).toBe(words);
    expect(told(new Error('{"code":40,"StatusCode":401}'))).toBe(words);
    expect(told(new Error("userToken does not have a user_id"))).toBe(words);
  });

  test("an error of ours keeps its own words", () => {
    const own = new ApiError("Sign in first.", "not_signed_in", 401);
    const wrapped = new Error("Call to tokenProvider failed", { cause: own });
    expect(told(wrapped)).toBe("The chat cannot be opened: Sign in first.");
  });

  test("whatever cannot be reached leaves the room", () => {
    for (const error of [new TooLate(), new TypeError("Failed to fetch"), { status: 503 }]) {
      expect(told(error)).toContain("The rest of the room works on.");
    }
  });
});

describe("a place in the room's call", () => {
  class Room {
    readonly listeners = new Set<(event: ServerEvent) => void>();
    readonly sent: { type: string }[] = [];
    connected = true;
    send(event: { type: string }): boolean {
      if (this.connected) this.sent.push(event);
      return this.connected;
    }
    tell(event: object): void {
      for (const listener of [...this.listeners]) listener(event as ServerEvent);
    }
    seat(key: string): void {
      this.tell({ type: "roster", people: [{ call: [{ key }] }] });
    }
  }
  const off = { mic: false, camera: false, screen: false };

  test("it is taken when the roster lists the page, and again after a reconnect", async () => {
    const room = new Room();
    const seat = new Seat(room as never, vi.fn());
    const taking = seat.take({ ...off, mic: true }, true);
    room.seat(seat.key);
    await taking;
    seat.set({ ...off, camera: true });
    room.tell({ type: "hello" });
    await vi.advanceTimersByTimeAsync(0);
    const join = { type: "call.join", key: seat.key, agree: true };
    expect(room.sent).toEqual([
      { ...join, ...off, mic: true },
      { type: "call.state", ...off, camera: true },
      { ...join, ...off, camera: true },
    ]);
  });

  test("a refusal is told, and one after a reconnect ends the call", async () => {
    const room = new Room();
    const lost = vi.fn();
    const seat = new Seat(room as never, lost);
    const refused = seat.take(off, false);
    room.tell({ type: "error", code: "recording_consent", message: "Agree first." });
    await expect(refused).rejects.toBeInstanceOf(SeatRefused);
    const taking = seat.take(off, true);
    room.seat(seat.key);
    await taking;
    room.tell({ type: "hello" });
    await vi.advanceTimersByTimeAsync(0);
    room.tell({ type: "error", code: "call_full", message: "Full." });
    await vi.advanceTimersByTimeAsync(0);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  test("without a connection or an answer it is said so", async () => {
    const room = new Room();
    const seat = new Seat(room as never, vi.fn());
    const silent = expect(seat.take(off, false)).rejects.toThrow("did not answer");
    await vi.advanceTimersByTimeAsync(10_000);
    await silent;
    room.connected = false;
    await expect(seat.take(off, false)).rejects.toThrow("not connected");
    expect(room.listeners.size).toBe(0);
  });
});
