import { describe, expect, test } from "vitest";

import type { Chunk, Run } from "../src/api/types";
import { nameOf, ordinal, outcome } from "../src/room/verdicts";
import { Feeder } from "../src/room/terminal/feed";
import { latestSize, noteSize } from "../src/room/terminal/size";
import { Typing } from "../src/room/terminal/typing";

const out = (text: string): Chunk => ({ stream: "stdout", text });
const err = (text: string): Chunk => ({ stream: "stderr", text });
const RED = "\u001b[31m";
const PLAIN = "\u001b[39m";
const ANEW = "\u001bc";

describe("what a terminal is fed", () => {
  test("each time only what is new", () => {
    const feeder = new Feeder();
    const [a, b, c] = [out("a"), out("b"), out("c")];
    expect(feeder.next([a], false)).toBe("a");
    expect(feeder.next([a], false)).toBe("");
    expect(feeder.next([a, b, c], false)).toBe("bc");
  });

  test("what comes after a chunk still on the way waits for it", () => {
    const feeder = new Feeder();
    const output: Chunk[] = [];
    output[1] = out("second");
    expect(feeder.next(output, false)).toBe("");
    expect(feeder.next(output.with(0, out("first ")), false)).toBe("first second");
  });

  test("at the end there is nothing to wait for", () => {
    const output: Chunk[] = [];
    output[1] = out("second");
    expect(new Feeder().next(output, true)).toBe("second");
  });

  test("standard error is red, also when it goes on in the next chunk", () => {
    const feeder = new Feeder();
    const chunks = [out("a"), err("b")];
    expect(feeder.next(chunks, false)).toBe(`a${RED}b`);
    expect(feeder.next([...chunks, err("c"), out("d")], false)).toBe(`c${PLAIN}d`);
  });

  test("the same told again, in other pieces, writes nothing twice", () => {
    const feeder = new Feeder();
    feeder.next([out("a"), out("b"), err("c"), err("d")], false);
    expect(feeder.next([out("ab"), err("cd"), out("e")], true)).toBe(`${PLAIN}e`);
  });

  test("another output starts anew", () => {
    const feeder = new Feeder();
    feeder.next([out("abc")], false);
    expect(feeder.next([out("ab")], true)).toBe(`${ANEW}ab`);
    expect(feeder.next([out("xyz")], true)).toBe(`${ANEW}xyz`);
  });
});

describe("what is typed", () => {
  function typing() {
    const sent: string[] = [];
    const frames: (() => void)[] = [];
    const typed = new Typing((data) => sent.push(data), (flush) => frames.push(flush));
    return { sent, typed, frame: () => frames.splice(0).forEach((flush) => flush()) };
  }

  test("is sent once a frame, in one piece", () => {
    const { sent, typed, frame } = typing();
    typed.type("a");
    typed.type("b");
    expect(sent).toEqual([]);
    frame();
    expect(sent).toEqual(["ab"]);
    frame();
    typed.type("\u0003");
    frame();
    expect(sent).toEqual(["ab", "\u0003"]);
  });

  test("ends its lines as programs expect it", () => {
    const { sent, typed, frame } = typing();
    typed.type("one\rtwo\r\nthree\n");
    frame();
    expect(sent).toEqual(["one\ntwo\nthree\n"]);
  });

  test("goes in pieces that the server takes, with no character cut", () => {
    const { sent, typed, frame } = typing();
    const text = "x" + "🎈".repeat(40_000);
    typed.type(text);
    frame();
    expect(sent.join("")).toBe(text);
    for (const piece of sent) {
      expect(piece.length).toBeLessThanOrEqual(32_768);
      expect(new TextDecoder().decode(new TextEncoder().encode(piece))).toBe(piece);
    }
  });
});

test("the size told to the server is that of a terminal in sight, within what it takes", () => {
  expect(latestSize()).toBeUndefined();
  noteSize({ columns: 700, rows: 12 });
  expect(latestSize()).toEqual({ columns: 500, rows: 12 });
  noteSize({ columns: 2, rows: 1 });
  expect(latestSize()).toEqual({ columns: 500, rows: 12 });
});

describe("how a run stands", () => {
  const queued = { status: "queued", place: null, stage: null, verdict: null } as unknown as Run;

  test("its place in the queue is told, once there is one", () => {
    expect(outcome(queued).text).toBe("Waiting");
    expect(outcome({ ...queued, place: 3 }).text).toBe("3rd in the queue");
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111].map(ordinal)).toEqual(
      "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 103rd 111th".split(" "),
    );
  });

  test("an interpreter has a name in place of a path", () => {
    const repl = { ...queued, repl: true, path: "" };
    expect(nameOf({ ...repl, language: "python" })).toBe("Python REPL");
    expect(nameOf({ ...repl, language: "javascript" })).toBe("Node REPL");
    expect(nameOf({ ...queued, path: "main.py", language: "python" })).toBe("main.py");
  });
});
