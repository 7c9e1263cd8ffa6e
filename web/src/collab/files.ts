/**
 * Adding, renaming, deleting files and bringing them back: each one transaction. A text never moves
 * and never goes: only the entry that gives it a path does. So whatever two people do to a file at
 * the same moment, what is typed into it meanwhile is in it, and a deleted one can be brought back.
 */
import type * as Y from "yjs";

import {
  activePath,
  type File,
  FILES,
  filesOf,
  isPath,
  isText,
  listFiles,
  PATH_LENGTH,
  readEntry,
  setActivePath,
  textOf,
} from "./document";

/** The origin of transactions that give a text its path; `keepNames` follows them. */
export const NAMING = Symbol("naming");

/** Of texts that were deleted on purpose: the path they had. */
export const deletedOf = (doc: Y.Doc) => doc.getMap<unknown>("deleted");

/** Why a file cannot be called that, in words; `null` when it can. `own`: its path until now. */
export function whyNot(files: readonly File[], path: string, own?: string): string | null {
  if (path === "") return "Give the file a name.";
  if (path.length > PATH_LENGTH) return `A name has at most ${PATH_LENGTH} characters.`;
  if (!isPath(path))
    return "Letters, digits, “_”, “-” and “.”, and “/” for folders. No part begins with “.” or “-”.";
  const others = files.filter((file) => file.path !== own).map((file) => file.path);
  if (others.includes(path)) return `There is a file ${path} already.`;
  if (others.some((other) => other.startsWith(`${path}/`))) return `${path} is a folder here.`;
  const above = others.find((other) => path.startsWith(`${other}/`));
  if (above !== undefined) return `${above} is a file, so nothing can be in it.`;
  if (others.length >= FILES) return `A room has at most ${FILES} files.`;
  return null;
}

/** That path, or the first like it that is free: `main.py`, `main2.py`, … */
export function freePath(files: readonly File[], path: string): string {
  const extension = /[^/](\.[^./]+)$/.exec(path)?.[1] ?? "";
  const stem = path.slice(0, path.length - extension.length);
  let free = path;
  for (let number = 2; whyNot(files, free) !== null && number <= FILES + 1; number += 1) {
    free = `${stem}${number}${extension}`;
  }
  return free;
}

/** The paths of all entries for a text, those that are not shown included. */
function pathsOf(doc: Y.Doc, text: string): string[] {
  return [...filesOf(doc).entries()]
    .filter(([path, entry]) => readEntry(path, entry)?.text === text)
    .map(([path]) => path);
}

function setEntry(doc: Y.Doc, { path, language, text }: File): void {
  filesOf(doc).set(path, text === path ? { language } : { language, text });
}

/** Where a new file's text goes: to the root of its name, unless that was some other file's. */
function freeText(doc: Y.Doc, path: string): string {
  const used = (text: string) =>
    textOf(doc, text).length > 0 || deletedOf(doc).has(text) || pathsOf(doc, text).length > 0;
  let text = path;
  for (let number = 2; used(text); number += 1) text = `${path}@${number}`;
  return text;
}

/** An empty file that everybody goes to. */
export function addFile(doc: Y.Doc, path: string, language: string): void {
  doc.transact(() => {
    setEntry(doc, { path, language, text: freeText(doc, path) });
    setActivePath(doc, path);
  }, NAMING);
}

/** Another path for a file; whoever is in it stays there. */
export function renameFile(doc: Y.Doc, file: File, path: string, language: string): void {
  if (path === file.path) return;
  doc.transact(() => {
    const active = activePath(doc) === file.path;
    for (const old of pathsOf(doc, file.text)) filesOf(doc).delete(old);
    setEntry(doc, { path, language, text: file.text });
    if (active) setActivePath(doc, path);
  }, NAMING);
}

/** Takes a file out of the room; its text stays to be brought back. */
export function deleteFile(doc: Y.Doc, file: File): void {
  doc.transact(() => {
    const files = listFiles(doc);
    const at = files.findIndex(({ text }) => text === file.text);
    const next = files[at + 1] ?? files[at - 1];
    const active = activePath(doc) === file.path;
    for (const path of pathsOf(doc, file.text)) filesOf(doc).delete(path);
    deletedOf(doc).set(file.text, file.path);
    if (active && next) setActivePath(doc, next.path);
  });
}

export interface Deleted {
  /** The name it had. */
  path: string;
  text: string;
}

/** Texts that no file has, by name. What was deleted empty is not among them. */
export function deletedFiles(doc: Y.Doc): Deleted[] {
  const used = new Set([...filesOf(doc).entries()].map(([path, it]) => readEntry(path, it)?.text));
  return [...doc.share.keys()]
    .filter((root) => root.startsWith("file:"))
    .map((root) => root.slice("file:".length))
    .filter((text) => isText(text) && !used.has(text) && textOf(doc, text).length > 0)
    .map((text) => ({ text, path: lastPath(doc, text) }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

function lastPath(doc: Y.Doc, text: string): string {
  const path = deletedOf(doc).get(text);
  return typeof path === "string" && isPath(path) ? path : text.replace(/@.*/, "");
}

/** Brings a deleted file back under its old name, or one like it; returns its path. */
export function restoreFile(
  doc: Y.Doc,
  text: string,
  languageOf: (path: string) => string,
): string | null {
  const files = listFiles(doc);
  const there = files.find((file) => file.text === text);
  if (there) return there.path; // somebody else was faster
  const path = freePath(files, lastPath(doc, text));
  if (whyNot(files, path) !== null) return null;
  doc.transact(() => {
    setEntry(doc, { path, language: languageOf(path), text });
    deletedOf(doc).delete(text);
    setActivePath(doc, path);
  }, NAMING);
  return path;
}

/**
 * Two who give one path to two texts at the same moment: one of them gets it. The page of the other
 * sees that and gives its text a path like it, so that no text is without a file unasked.
 */
export function keepNames(doc: Y.Doc): void {
  const own = new Map<string, File>();
  filesOf(doc).observe((event, transaction) => {
    if (transaction.origin === NAMING) {
      for (const path of event.keysChanged as Set<string>) {
        const file = readEntry(path, filesOf(doc).get(path));
        if (file) own.set(file.text, file);
      }
    } else if (!transaction.local) {
      for (const file of own.values()) if (lostName(doc, file)) giveName(doc, file);
    }
  });
}

function lostName(doc: Y.Doc, file: File): boolean {
  const taken = readEntry(file.path, filesOf(doc).get(file.path));
  return (
    taken !== null &&
    taken.text !== file.text &&
    pathsOf(doc, file.text).length === 0 &&
    !deletedOf(doc).has(file.text) &&
    textOf(doc, file.text).length > 0
  );
}

function giveName(doc: Y.Doc, file: File): void {
  const files = listFiles(doc);
  const path = freePath(files, file.path);
  if (whyNot(files, path) !== null) return; // it can still be brought back by hand
  doc.transact(() => setEntry(doc, { ...file, path }), NAMING);
}
