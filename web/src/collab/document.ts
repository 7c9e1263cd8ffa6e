import * as Y from "yjs";

import type { SourceFile } from "../api/types";

/** The names of the room's document, as the server seeds it. */
export const textOf = (doc: Y.Doc, path: string): Y.Text => doc.getText(`file:${path}`);

const filesOf = (doc: Y.Doc) => doc.getMap<unknown>("files");
const roomOf = (doc: Y.Doc) => doc.getMap<unknown>("room");

export interface File {
  path: string;
  language: string;
}

function languageOf(entry: unknown): string {
  const plain: unknown = entry instanceof Y.Map ? entry.toJSON() : entry;
  if (typeof plain === "object" && plain !== null && "language" in plain) {
    return String(plain.language);
  }
  return "plaintext";
}

const ORDER = ["main.py", "main.js", "Main.java"];

/** The files of the room: the usual ones first, others after them by name. */
export function listFiles(doc: Y.Doc): File[] {
  const rank = (path: string) => (ORDER.includes(path) ? ORDER.indexOf(path) : ORDER.length);
  return [...filesOf(doc).entries()]
    .map(([path, entry]) => ({ path, language: languageOf(entry) }))
    .sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path));
}

/** The file that Run runs and that everybody follows; `null` before the document is here. */
export function activePath(doc: Y.Doc): string | null {
  const active = roomOf(doc).get("active");
  if (typeof active === "string" && filesOf(doc).has(active)) return active;
  return listFiles(doc)[0]?.path ?? null;
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
