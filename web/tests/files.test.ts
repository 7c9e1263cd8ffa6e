import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";

import { activeOf, activePath, type File, fillDocument, listed, listFiles, textOf } from "../src/collab/document";
import { filesNow, newsBetween } from "../src/collab/fileNews";
import {
  addFile,
  deletedFiles,
  deleteFile,
  freePath,
  keepNames,
  renameFile,
  restoreFile,
  whyNot,
} from "../src/collab/files";
import { languageOf, withEndingOf } from "../src/collab/languages";

interface Listing {
  name: string;
  entries: Record<string, unknown>;
  named: unknown;
  files: [string, string, string][];
  active: string | null;
}

const listings = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../tests/crdt/listings.json"), "utf-8"),
) as Listing[];

const language = (path: string) => languageOf(path, []);

/** A page's document with two files, the same on every page. */
function page(clientID: number): Y.Doc {
  const seed = new Y.Doc();
  seed.clientID = 1;
  fillDocument(seed, [
    { path: "a.py", language: "python", text: "one\n" },
    { path: "b.py", language: "python", text: "other\n" },
  ]);
  const doc = new Y.Doc();
  doc.clientID = clientID;
  keepNames(doc);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(seed));
  return doc;
}

/** Until nobody has anything the others lack. */
function meet(...docs: Y.Doc[]): void {
  for (let round = 0; round <= docs.length; round += 1) {
    for (const from of docs) {
      for (const to of docs) {
        const update = Y.encodeStateAsUpdate(from, Y.encodeStateVector(to));
        if (from !== to) Y.applyUpdate(to, update, "the others");
      }
    }
  }
}

const paths = (doc: Y.Doc) => listFiles(doc).map(({ path }) => path);
const file = (doc: Y.Doc, path: string): File => {
  const found = listFiles(doc).find((each) => each.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
};
const read = (doc: Y.Doc, path: string) => textOf(doc, file(doc, path).text).toString();
const write = (doc: Y.Doc, path: string, text: string) =>
  textOf(doc, file(doc, path).text).insert(0, text);
const rename = (doc: Y.Doc, from: string, to: string) =>
  renameFile(doc, file(doc, from), to, language(to));

test.each(listings.map((each) => [each.name, each] as const))(
  "entries come to the same files as on the server: %s",
  (_, { entries, named, files, active }) => {
    const found = listed(Object.entries(entries));
    expect(found.map((each) => [each.path, each.language, each.text])).toEqual(files);
    expect(activeOf(found, named)?.path ?? null).toBe(active);
  },
);

test("entries of other kinds are no files", () => {
  const odd = [new Y.Text("x"), new Y.Array(), new Uint8Array(1), undefined];
  expect(listed(odd.map((entry, at) => [`f${at}`, entry]))).toEqual([]);
});

describe("one person", () => {
  let doc: Y.Doc;
  beforeEach(() => {
    doc = page(7);
  });

  test("adds a file, empty, and everybody goes there", () => {
    addFile(doc, "src/c.js", "javascript");
    expect(file(doc, "src/c.js")).toEqual({
      path: "src/c.js",
      language: "javascript",
      text: "src/c.js",
    });
    expect(activePath(doc)).toBe("src/c.js");
    expect(read(doc, "src/c.js")).toBe("");
  });

  test("renames a file: text and place in it stay", () => {
    const text = textOf(doc, "a.py");
    rename(doc, "a.py", "z.js");
    expect(file(doc, "z.js")).toEqual({ path: "z.js", language: "javascript", text: "a.py" });
    expect(textOf(doc, file(doc, "z.js").text)).toBe(text);
    expect(activePath(doc)).toBe("z.js");
    rename(doc, "z.js", "a.py");
    expect(doc.getMap("files").get("a.py")).toEqual({ language: "python" });
  });

  test("puts a new file where a renamed one was", () => {
    rename(doc, "a.py", "old.py");
    addFile(doc, "a.py", "python");
    write(doc, "a.py", "new\n");
    expect([read(doc, "a.py"), read(doc, "old.py")]).toEqual(["new\n", "one\n"]);
  });

  test("deletes a file, and brings it back under the name it had", () => {
    rename(doc, "a.py", "z.py");
    deleteFile(doc, file(doc, "z.py"));
    expect(paths(doc)).toEqual(["b.py"]);
    expect(activePath(doc)).toBe("b.py");
    expect(deletedFiles(doc)).toEqual([{ path: "z.py", text: "a.py" }]);
    expect(restoreFile(doc, "a.py", language)).toBe("z.py");
    expect(read(doc, "z.py")).toBe("one\n");
    expect(deletedFiles(doc)).toEqual([]);
    expect(restoreFile(doc, "a.py", language)).toBe("z.py");
  });

  test("brings a file back beside one that took its name", () => {
    deleteFile(doc, file(doc, "a.py"));
    addFile(doc, "a.py", "python");
    write(doc, "a.py", "new\n");
    expect(restoreFile(doc, "a.py", language)).toBe("a2.py");
    expect([read(doc, "a.py"), read(doc, "a2.py")]).toEqual(["new\n", "one\n"]);
  });
});

describe("two at the same moment", () => {
  let ada: Y.Doc;
  let grace: Y.Doc;
  beforeEach(() => {
    [ada, grace] = [page(8), page(9)];
  });

  test("one types while the other renames", () => {
    rename(ada, "a.py", "z.py");
    write(grace, "a.py", "late ");
    meet(ada, grace);
    for (const doc of [ada, grace]) expect(read(doc, "z.py")).toBe("late one\n");
  });

  test("one goes to a file while the other renames it", () => {
    rename(ada, "b.py", "z.py");
    grace.getMap("room").set("active", "b.py");
    meet(ada, grace);
    for (const doc of [ada, grace]) expect(activePath(doc)).toBe("z.py");
  });

  test("both rename the same file: it is one file, and the next rename counts", () => {
    rename(ada, "a.py", "y.py");
    rename(grace, "a.py", "x.py");
    meet(ada, grace);
    for (const doc of [ada, grace]) expect(paths(doc)).toEqual(["b.py", "x.py"]);
    rename(ada, "x.py", "z.py");
    meet(ada, grace);
    for (const doc of [ada, grace]) expect(paths(doc)).toEqual(["b.py", "z.py"]);
  });

  test("one renames what the other deletes: it is there", () => {
    rename(ada, "a.py", "z.py");
    deleteFile(grace, file(grace, "a.py"));
    meet(ada, grace);
    for (const doc of [ada, grace]) {
      expect(paths(doc)).toEqual(["b.py", "z.py"]);
      expect(deletedFiles(doc)).toEqual([]);
    }
  });

  test("one types into what the other deletes: it can be brought back with that", () => {
    deleteFile(ada, file(ada, "a.py"));
    write(grace, "a.py", "late ");
    meet(ada, grace);
    expect(paths(grace)).toEqual(["b.py"]);
    restoreFile(grace, "a.py", language);
    meet(ada, grace);
    expect(read(ada, "a.py")).toBe("late one\n");
  });

  test("both rename to the same name: each text has a file", () => {
    rename(ada, "a.py", "z.py");
    rename(grace, "b.py", "z.py");
    meet(ada, grace);
    expect(paths(ada)).toEqual(["z.py", "z2.py"]);
    expect(paths(grace)).toEqual(paths(ada));
    expect([read(ada, "z.py"), read(ada, "z2.py")].sort()).toEqual(["one\n", "other\n"]);
  });

  test("both add a file of one name: it is one, with what both wrote", () => {
    for (const doc of [ada, grace]) {
      addFile(doc, "c.py", "python");
      write(doc, "c.py", `${doc.clientID}\n`);
    }
    meet(ada, grace);
    expect(paths(ada)).toEqual(["a.py", "b.py", "c.py"]);
    expect(read(ada, "c.py")).toBe(read(grace, "c.py"));
    expect(read(ada, "c.py").split("\n").sort()).toEqual(["", "8", "9"]);
  });

  test("both delete another file: none is left, and both come back", () => {
    deleteFile(ada, file(ada, "a.py"));
    deleteFile(grace, file(grace, "b.py"));
    meet(ada, grace);
    expect(listFiles(ada)).toEqual([]);
    expect(activePath(ada)).toBeNull();
    for (const { text } of deletedFiles(ada)) restoreFile(ada, text, language);
    meet(ada, grace);
    expect(paths(grace)).toEqual(["a.py", "b.py"]);
  });
});

/** Numbers from 0 to below `limit`, the same for the same seed. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  "whatever three do, all list the same and every word is somewhere (seed %i)",
  (seed) => {
    const roll = dice(seed);
    const docs: [Y.Doc, ...Y.Doc[]] = [page(7), page(8), page(9)];
    const names: [string, ...string[]] = ["a.py", "b.py", "c.py", "d/e.py"];
    const words = ["one", "other"];
    const pick = <T>(of: readonly [T, ...T[]]): T => of[roll(of.length)] ?? of[0];
    for (let step = 0; step < 30; step += 1) {
      const doc = pick(docs);
      const files = listFiles(doc);
      const chosen = files[roll(files.length)];
      const name = pick(names);
      const what = roll(6);
      if (what === 0) meet(doc, pick(docs));
      else if (what === 1 && whyNot(files, name) === null) addFile(doc, name, "python");
      else if (what === 2 && chosen && whyNot(files, name, chosen.path) === null)
        renameFile(doc, chosen, name, "python");
      else if (what === 3 && chosen) deleteFile(doc, chosen);
      else if (what === 4) for (const { text } of deletedFiles(doc)) restoreFile(doc, text, language);
      else if (chosen) {
        words.push(`word${step}`);
        textOf(doc, chosen.text).insert(0, `word${step} `);
      }
    }
    meet(...docs);
    const all = (doc: Y.Doc) =>
      [...listFiles(doc), ...deletedFiles(doc)].map(({ path, text }) => [path, textOf(doc, text).toString()]);
    const [first] = docs;
    for (const doc of docs) {
      expect(filesNow(doc)).toEqual(filesNow(first));
      expect(all(doc)).toEqual(all(first));
    }
    const written = all(first).flatMap(([, text]) => (text ?? "").split(/\s+/).filter(Boolean));
    expect(written.sort()).toEqual(words.sort());
  },
);

describe("names", () => {
  const files = ["main.py", "src/a.py"].map((path) => ({ path, language: "python", text: path }));

  test.each([
    ["", /Give/],
    ["../x", /Letters/],
    ["/etc/passwd", /Letters/],
    [".hidden", /Letters/],
    ["a b", /Letters/],
    ["é.py", /Letters/],
    ["main.py", /already/],
    ["src", /is a folder/],
    ["main.py/x", /is a file/],
    ["x".repeat(129), /at most 128/],
  ])("%j is refused in words", (path, words) => {
    expect(whyNot(files, path)).toMatch(words);
  });

  test("others can be had, a file's own too", () => {
    for (const path of ["x", "data.txt", "src/b/c.py", "Makefile"]) {
      expect(whyNot(files, path)).toBeNull();
    }
    expect(whyNot(files, "main.py", "main.py")).toBeNull();
  });

  test("there is an end to how many there are", () => {
    const many = Array.from({ length: 64 }, (_, at) => ({ path: `f${at}`, language: "", text: `f${at}` }));
    expect(whyNot(many, "one-more")).toMatch(/at most 64/);
    expect(whyNot(many, "another", "f0")).toBeNull();
  });

  test("one that is taken gets a number before its ending", () => {
    expect(freePath(files, "main.py")).toBe("main2.py");
    expect(freePath(files, "new.py")).toBe("new.py");
    expect(freePath([...files, { path: "x", language: "", text: "x" }], "x")).toBe("x2");
  });

  test("the ending says the language, first by what can be run here", () => {
    const offered = [{ language: "python", path: "main.py", label: "Python" }];
    const perl = [{ language: "perl", path: "main.PL", label: "Perl" }];
    const of = (path: string) => languageOf(path, offered);
    expect(["a/b.py", "X.JAVA", "a.rs", "data.csv", "Makefile", "a.b/c"].map(of)).toEqual([
      ...["python", "java", "rust", "plaintext", "plaintext", "plaintext"],
    ]);
    expect(languageOf("x.pl", perl)).toBe("perl");
    expect(withEndingOf("helper", "main.js")).toBe("helper.js");
    expect(withEndingOf("src/helper.py", "Main.java")).toBe("src/helper.java");
  });
});

describe("news", () => {
  const words = (doc: Y.Doc, change: () => void) => {
    const before = filesNow(doc);
    change();
    return newsBetween(before, filesNow(doc)).map((each) => each.words);
  };

  test("tells what happened, once", () => {
    const doc = page(7);
    expect(words(doc, () => write(doc, "a.py", "x"))).toEqual([]);
    expect(words(doc, () => addFile(doc, "c.py", "python"))).toEqual([
      "Everybody is now in c.py, a new file",
    ]);
    expect(words(doc, () => rename(doc, "c.py", "d.py"))).toEqual(["c.py is now called d.py"]);
    expect(words(doc, () => doc.getMap("room").set("active", "a.py"))).toEqual([
      "Everybody is now in a.py",
    ]);
    expect(words(doc, () => deleteFile(doc, file(doc, "a.py")))).toEqual(["a.py was deleted"]);
    const before = filesNow(doc);
    addFile(doc, "e.py", "python");
    expect(newsBetween(before, filesNow(doc), false)).toEqual([{ words: "e.py is new here" }]);
    expect(newsBetween({ files: [], active: null }, filesNow(doc))).toEqual([]);
  });
});
