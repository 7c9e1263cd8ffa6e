import { describe, expect, test } from "vitest";
import * as Y from "yjs";

import type { Run } from "../src/api/types";
import { Backoff } from "../src/collab/backoff";
import { afterClose, CLOSE_CODES } from "../src/collab/closeCodes";
import { type Edit, editsOf, moved } from "../src/collab/delta";
import { activePath, fillDocument, listFiles, setActivePath } from "../src/collab/document";
import { cssString, cursorRules, seats } from "../src/collab/people";
import { Presence } from "../src/collab/presence";
import { applyRunEvent, joinedOutput, leftOut } from "../src/collab/runs";
import { SaveTracker } from "../src/collab/saved";

const STEP_1 = new Uint8Array([0, 0]);
const STEP_2 = new Uint8Array([0, 1]);
const UPDATE = new Uint8Array([0, 2]);
const PRESENCE = new Uint8Array([1, 2]);

describe("saved state", () => {
  test("only document frames count", () => {
    const tracker = new SaveTracker();
    for (const message of [STEP_1, PRESENCE, STEP_2]) tracker.sending(message);
    expect(tracker.pending).toBe(false);
    tracker.sending(UPDATE);
    expect(tracker.pending).toBe(true);
    tracker.confirmed(2);
    expect(tracker.pending).toBe(false);
  });

  test("an edit made without a connection is saved only with the step 2 that carries it", () => {
    const tracker = new SaveTracker();
    tracker.kept();
    tracker.opened();
    expect(tracker.pending).toBe(true);
    tracker.sending(STEP_2);
    expect(tracker.pending).toBe(true);
    tracker.confirmed(1);
    expect(tracker.pending).toBe(false);
  });

  test("a connection lost before the confirmation leaves its edits unsaved", () => {
    const tracker = new SaveTracker();
    tracker.sending(UPDATE);
    tracker.closed();
    tracker.opened();
    expect(tracker.pending).toBe(true);
  });
});

describe("after a close", () => {
  const retried = [1006, 1011, 1012, 4408, 4429, 4503, 1001, null];
  const others = Object.values(CLOSE_CODES).filter((code) => !retried.includes(code));

  test.each(retried)("%s is tried again", (code) => {
    expect(afterClose(code).then).toBe("retry");
  });

  test.each(others)("%s is not simply tried again", (code) => {
    expect(afterClose(code).then).not.toBe("retry");
  });
});

test("waits grow to at most 2.5 seconds and start again after success", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 8 }, () => backoff.next(1));
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(Math.max(...waits)).toBe(2500);
  backoff.reset();
  expect(backoff.next(1)).toBe(waits[0]);
});

test("after a restart the first wait is anything up to 0.4 seconds, then as ever", () => {
  const backoff = new Backoff();
  const waits = [0, 0.5, 1].map((random) => {
    backoff.spread();
    return backoff.next(random);
  });
  expect(waits).toEqual([0, 200, 400]);
  expect(backoff.next(1)).toBe(150);
});

const RUN: Run = {
  ...{ _id: "r1", session: "s1", by: { _id: "u1", name: "Ada" }, language: "python" },
  ...{ path: "main.py", status: "running", verdict: null, exitCode: null, signal: null },
  ...{ output: [], truncated: false, matchesExpected: null, wallMs: null, cpuMs: null },
  ...{ memoryBytes: null, createdAt: "", startedAt: "", finishedAt: null, place: null, stage: null },
};

describe("runs", () => {
  const output = (at: number, text: string, stream: "stdout" | "stderr" = "stdout") =>
    ({ type: "run.output", id: "r1", stream, text, at }) as const;

  test("chunks are put in the order of `at`, and repeats are ignored", () => {
    let runs = applyRunEvent([], { type: "run.started", run: RUN });
    for (const event of [output(1, "b"), output(0, "a"), output(1, "b"), output(2, "!", "stderr")])
      runs = applyRunEvent(runs, event);
    expect(runs.map(joinedOutput)).toEqual([
      [
        { stream: "stdout", text: "ab" },
        { stream: "stderr", text: "!" },
      ],
    ]);
  });

  test("a start told twice keeps the output that is already here", () => {
    let runs = applyRunEvent([RUN], output(0, "a"));
    runs = applyRunEvent(runs, { type: "run.started", run: RUN });
    expect(runs.map(joinedOutput)).toEqual([[{ stream: "stdout", text: "a" }]]);
  });

  test("the finished run is what counts in the end", () => {
    const finished = { ...RUN, status: "finished", verdict: "ok", output: [] } as const;
    const runs = applyRunEvent(applyRunEvent([RUN], output(0, "a")), {
      type: "run.finished",
      run: { ...finished, output: [] },
    });
    expect(runs).toEqual([finished]);
    expect(applyRunEvent(runs, output(1, "late"))).toEqual(runs);
  });
});

test("output that was left out is told from output that was cut off, and from none", () => {
  const finished: Run = { ...RUN, status: "finished", truncated: true };
  expect(leftOut(finished)).toBe(true);
  expect(leftOut({ ...finished, output: [{ stream: "stdout", text: "much" }] })).toBe(false);
  expect(leftOut({ ...finished, truncated: false })).toBe(false);
  expect(leftOut({ ...finished, status: "running" })).toBe(false);
});

describe("changes of a text", () => {
  const applied = (text: string, edits: readonly Edit[]) =>
    edits.reduceRight(
      (now, { at, length, text }) => now.slice(0, at) + text + now.slice(at + length),
      text,
    );

  test("steps become replacements that touch nowhere", () => {
    const delta = [{ retain: 2 }, { insert: "xy" }, { delete: 1 }, { retain: 1 }, { delete: 2 }];
    expect(editsOf(delta)).toEqual([
      { at: 2, length: 1, text: "xy" },
      { at: 4, length: 2, text: "" },
    ]);
    expect(applied("abcdefg", editsOf(delta))).toBe("abxydg");
  });

  test("a cursor keeps its place among the letters around it", () => {
    const edits = editsOf([{ retain: 2 }, { insert: "xy" }, { retain: 2 }, { delete: 2 }]);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((at) => moved(at, edits))).toEqual([
      0, 1, 4, 5, 6, 6, 6, 7,
    ]);
  });

  test("whatever Yjs tells leads from the old text to the new one", () => {
    const doc = new Y.Doc();
    const text = doc.getText();
    text.insert(0, "one two three");
    let before = text.toString();
    text.observe((event) => {
      expect(applied(before, editsOf(event.delta))).toBe(text.toString());
      before = text.toString();
    });
    doc.transact(() => {
      text.delete(4, 3);
      text.insert(4, "2");
      text.insert(0, "zero ");
      text.delete(text.length - 2, 2);
    });
    expect.assertions(1);
  });
});

describe("people", () => {
  const ada = { _id: "u1", name: "Ada", role: "host", clients: [7], speaks: true, call: [] } as const;

  test("a name cannot break out of its style rule", () => {
    expect(cssString('"; } body { color: red')).toBe(
      '"\\22 \\3b  \\7d  body \\7b  color\\3a  red"',
    );
    expect(cssString("</style>")).not.toContain("<");
  });

  test("every tab of the others has a rule, the own one has none", () => {
    const rules = cursorRules([{ ...ada, clients: [7, 8], speaks: true, call: [] }], 8);
    expect(rules).toContain(".yRemoteSelectionHead-7::after");
    expect(rules).not.toContain("-8");
  });

  test("host and participant keep their seats while they are away", () => {
    const session = { host: ada, participant: { _id: "u2", name: "Grace" } };
    const rows = seats([{ ...ada, clients: [7], speaks: true, call: [] }], session as never);
    expect(rows.map(({ name, role, online }) => [name, role, online])).toEqual([
      ["Ada", "host", true],
      ["Grace", "participant", false],
    ]);
  });
});

test("spectators who are away are shown where the list of members is known", () => {
  const host = { _id: "u1", name: "Ada" };
  const member = { ...host, role: "host", invite: null, joinedAt: "", kind: "user" } as const;
  const rows = seats([{ _id: "u4", name: "Zoe", role: "spectator", clients: [9], speaks: false, call: [] }], { host } as never, [
    member,
    { ...member, _id: "u3", name: "Sam", role: "spectator" },
    { ...member, _id: "u4", name: "Zoe", role: "spectator" },
  ]);
  expect(rows.map(({ name, online }) => [name, online])).toEqual([
    ["Ada", false],
    ["Sam", false],
    ["Zoe", true],
  ]);
});

test("presence tells what changed, and only that", () => {
  const presence = new Presence(new Y.Doc());
  let told = 0;
  presence.on("update", () => (told += 1));
  for (const file of ["main.py", "main.py", "main.js"]) presence.setLocalStateField("file", file);
  expect(told).toBe(2);
  presence.destroy();
});

test("the active file is one that exists", () => {
  const doc = new Y.Doc();
  expect(activePath(doc)).toBeNull();
  fillDocument(doc, [
    { path: "main.js", language: "javascript", text: "" },
    { path: "main.py", language: "python", text: "" },
  ]);
  expect(listFiles(doc).map(({ path }) => path)).toEqual(["main.py", "main.js"]);
  setActivePath(doc, "main.js");
  expect(activePath(doc)).toBe("main.js");
  setActivePath(doc, "gone.txt");
  expect(activePath(doc)).toBe("main.py");
});
