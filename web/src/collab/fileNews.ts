import type * as Y from "yjs";

import { activePath, type File, listFiles } from "./document";

/** What somebody is told of the room's files. */
export interface FileNews {
  words: string;
  /** The text that can be brought back. */
  deleted?: string;
}

export interface FilesNow {
  files: File[];
  active: string | null;
}

/** The files as they are now. */
export function filesNow(doc: Y.Doc): FilesNow {
  return { files: listFiles(doc), active: activePath(doc) };
}

/**
 * What others have done, in words, between two looks at the files; `following`: for somebody who
 * goes where everybody goes.
 */
export function newsBetween(before: FilesNow, after: FilesNow, following = true): FileNews[] {
  if (before.files.length === 0) return []; // the first load is no news
  const textAt = ({ files, active }: FilesNow) => files.find(({ path }) => path === active)?.text;
  const now = new Map(after.files.map((file) => [file.text, file.path]));
  const then = new Set(before.files.map((file) => file.text));
  const here = following && textAt(before) !== textAt(after) ? textAt(after) : undefined;
  const gone = before.files.filter((file) => !now.has(file.text));
  const news: FileNews[] = gone.map(({ path, text }) => ({
    words: `${path} was deleted`,
    deleted: text,
  }));
  for (const { path, text } of before.files) {
    const called = now.get(text);
    if (called !== undefined && called !== path)
      news.push({ words: `${path} is now called ${called}` });
  }
  for (const { path, text } of after.files) {
    const known = then.has(text);
    if (text !== here && !known) news.push({ words: `${path} is new here` });
    // whoever hears that their file is gone sees where they are
    if (text === here && gone.length === 0)
      news.push({ words: `Everybody is now in ${path}${known ? "" : ", a new file"}` });
  }
  return news;
}
