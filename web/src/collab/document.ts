import * as Y from "yjs";

import type { SourceFile } from "../api/types";

/** The names of the room's document, as the server seeds it and reads it (`crdt/listing.py`). */
const PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;
const COPY = /@[1-9][0-9]{0,5}$/;
export const PATH_LENGTH = 128;
export const FILES = 64;

export const filesOf = (doc: Y.Doc) => doc.getMap<unknown>("files");
const roomOf = (doc: Y.Doc) => doc.getMap<unknown>("room");

export interface File {
  path: string;
  language: string;
  /** Where its text is: in the root `file:<text>`, which a rename does not change. */
  text: string;
}

/** The text of that name; `File.text` says which one is a file's. */
export const textOf = (doc: Y.Doc, name: string): Y.Text => doc.getText(`file:${name}`);

export const isPath = (path: string): boolean => path.length <= PATH_LENGTH && PATH.test(path);

/** A path, or one with `@` and a number behind it. */
export const isText = (name: string): boolean => isPath(name.replace(COPY, ""));

/** What an entry says, if it makes sense. */
export function readEntry(path: string, entry: unknown): File | null {
  const plain: unknown = entry instanceof Y.Map ? entry.toJSON() : entry;
  if (typeof plain !== "object" || plain === null) return null;
  if (Object.getPrototypeOf(plain) !== Object.prototype) return null; // bytes, a list, a text
  const { language, text } = plain as Record<string, unknown>;
  return {
    path,
    language: typeof language === "string" ? language : "",
    text: typeof text === "string" && isText(text) ? text : path,
  };
}

/**
 * What the entries come to: the files by path, one for each text. Two who rename one file at the
 * same moment leave two entries for its text; the first by path is the file.
 */
export function listed(entries: Iterable<readonly [string, unknown]>): File[] {
  const shown = new Set<string>();
  const found: File[] = [];
  for (const [path, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = isPath(path) ? readEntry(path, entry) : null;
    if (file === null || shown.has(file.text)) continue;
    if (found.length === FILES) break;
    shown.add(file.text);
    found.push(file);
  }
  return found;
}

/** The file that `named` means: the one there, else the one that was there before a rename. */
export function activeOf(files: readonly File[], named: unknown): File | undefined {
  return files.find((file) => file.path === named) ?? files.find((file) => file.text === named);
}

const ORDER = ["main.py", "main.js", "Main.java"];

/** The files of the room: the usual ones first, others after them by name. */
export function listFiles(doc: Y.Doc): File[] {
  const rank = (path: string) => (ORDER.includes(path) ? ORDER.indexOf(path) : ORDER.length);
  return listed(filesOf(doc).entries()).sort(
    (a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path),
  );
}

/** The file that Run runs and that everybody follows; `null` before the document is here. */
export function activePath(doc: Y.Doc): string | null {
  const files = listFiles(doc);
  return (activeOf(files, roomOf(doc).get("active")) ?? files[0])?.path ?? null;
}

export function setActivePath(doc: Y.Doc, path: string): void {
  if (roomOf(doc).get("active") !== path) roomOf(doc).set("active", path);
}

/** Writes files into a document that nobody shares: a shared one is seeded by the server alone. */
export function fillDocument(doc: Y.Doc, files: readonly SourceFile[]): void {
  doc.transact(() => {
    for (const { path, language, text } of files) {
      filesOf(doc).set(path, { language });
      textOf(doc, path).insert(0, text);
    }
  });
}

/** Calls `listener` when files or the active one change; returns how to stop it. */
export function observeFiles(doc: Y.Doc, listener: () => void): () => void {
  const files = filesOf(doc);
  const room = roomOf(doc);
  files.observeDeep(listener);
  room.observe(listener);
  return () => {
    files.unobserveDeep(listener);
    room.unobserve(listener);
  };
}
