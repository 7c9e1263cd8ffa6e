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
  const news: FileNews[] = [];
  for (const { path, text } of before.files) {
    const path2 = now.get(text);
    if (path2 === undefined) news.push({ words: `${path} was deleted`, deleted: text });
    else if (path2 !== path) news.push({ words: `${path} is now called ${path2}` });
  }
  const switched = following && textAt(before) !== textAt(after) && after.active !== null;
  for (const { path, text } of after.files) {
    const here = switched && path === after.active;
    if (!then.has(text) && !here) news.push({ words: `${path} is new here` });
    if (here)
      news.push({ words: `Everybody is now in ${path}${then.has(text) ? "" : ", a new file"}` });
  }
  return news;
}
