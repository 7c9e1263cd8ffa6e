import { describe, expect, test } from "vitest";

import { consentWanted } from "../src/call/consent";
import type { Incoming } from "../src/call/link";
import { rootMeanSquare, Speaking } from "../src/call/levels";
import { Members } from "../src/call/members";
import { grid } from "../src/call/picture";
import { fileName } from "../src/call/recording";
import type { CallMember, Person, Recording } from "../src/collab/events";

const ON = { mic: true, camera: true, screen: false };

function person(name: string, speaks: boolean, ...call: CallMember[]): Person {
  return { _id: name, name, role: speaks ? "participant" : "spectator", clients: [], speaks, call };
}

const link = (state: RTCPeerConnectionState) => ({ state }) as Incoming;

describe("who is in the call", () => {
  const ada = person("Ada", true, { key: "a", ...ON });
  const grace = person("Grace", true, { key: "g", ...ON });

  test("this page comes first, with what is on here and not what the server still says", () => {
    const list = new Members().list({
      people: [grace, ada],
      links: new Map([["g", link("connected")]]),
      key: "a",
      on: { mic: false, camera: true, screen: false },
    });
    expect(list.map(({ key, own, mic }) => [key, own, mic])).toEqual([
      ["a", true, false],
      ["g", false, true],
    ]);
  });

  test("nothing is on of who may not be seen and heard, whatever the roster says", () => {
    const sam = person("Sam", false, { key: "s", mic: true, camera: true, screen: true });
    const [shown] = new Members().list({ people: [sam], links: new Map(), key: "a", on: ON });
    expect(shown).toMatchObject({ mic: false, camera: false, screen: false });
  });

  test("who is missing from the roster stays as long as their link", () => {
    const members = new Members();
    const links = new Map([["g", link("connected")]]);
    members.list({ people: [ada, grace], links, key: "a", on: ON });
    const without = { people: [ada], key: "a", on: ON };
    expect(members.list({ ...without, links }).map(({ key }) => key)).toEqual(["a", "g"]);
    expect(members.list({ ...without, links: new Map() }).map(({ key }) => key)).toEqual(["a"]);
    expect(members.list({ ...without, links }).map(({ key }) => key)).toEqual(["a"]);
  });

  test("two tabs of one person are two members", () => {
    const twice = person("Ada", true, { key: "a", ...ON }, { key: "b", ...ON });
    const list = new Members().list({ people: [twice], links: new Map(), key: "b", on: ON });
    expect(list.map(({ key, own }) => [key, own])).toEqual([
      ["b", true],
      ["a", false],
    ]);
  });
});

describe("consent to be recorded", () => {
  const ada = { _id: "Ada", name: "Ada" };
  const grace = { _id: "Grace", name: "Grace" };
  const wanted = (changes: Partial<Recording>, you = grace, speaks = true) =>
    consentWanted({
      recording: { state: "on", by: ada, since: "now", people: [], refusedBy: null, ...changes },
      you,
      people: [person(you.name, speaks)],
      role: "participant",
    });

  test("is wanted of who is heard and has not said yes", () => {
    expect(wanted({})).toBe(true);
    expect(wanted({ people: [{ ...grace, agreed: null }] })).toBe(true);
    expect(wanted({ people: [{ ...grace, agreed: true }] })).toBe(false);
    expect(wanted({ state: "asking" })).toBe(true);
  });

  test("is not wanted of who records, of who only watches, and when nothing is recorded", () => {
    expect(wanted({}, ada)).toBe(false);
    expect(wanted({}, grace, false)).toBe(false);
    expect(wanted({ state: "off" })).toBe(false);
  });
});

describe("who speaks", () => {
  test("from the first loud moment, over short pauses, until a long one", () => {
    const speaking = new Speaking();
    expect(speaking.hear("a", 0.001, 0)).toBe(false);
    expect(speaking.hear("a", 0.2, 100)).toBe(true);
    expect(speaking.hear("a", 0, 600)).toBe(true);
    expect(speaking.hear("b", 0, 600)).toBe(false);
    expect(speaking.hear("a", 0, 900)).toBe(false);
  });

  test("the level of silence is 0, of a full square wave 1", () => {
    expect(rootMeanSquare(new Float32Array(8))).toBe(0);
    expect(rootMeanSquare(new Float32Array([1, -1, 1, -1]))).toBe(1);
  });
});

describe("a recording", () => {
  const whole = { x: 0, y: 0, width: 1280, height: 720 };

  test("shows two side by side, four in a square, and leaves nobody out", () => {
    const rows = (count: number) => new Set(grid(count, whole).map(({ y }) => y)).size;
    expect([1, 2, 4, 6].map(rows)).toEqual([1, 1, 2, 2]);
    for (let count = 1; count <= 9; count += 1) {
      const boxes = grid(count, whole);
      expect(boxes).toHaveLength(count);
      for (const { x, y, width, height } of boxes) {
        expect(x >= 0 && y >= 0 && x + width <= 1280 && y + height <= 720).toBe(true);
      }
    }
  });

  test("has the minute it began in its name", () => {
    expect(fileName(new Date(2026, 0, 5, 9, 7), "webm")).toBe("interview-2026-01-05-09-07.webm");
  });
});
