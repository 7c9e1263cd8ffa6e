import { useState } from "react";

import type { File } from "../collab/document";
import { addFile, type Deleted, deletedFiles, deleteFile, renameFile, restoreFile } from "../collab/files";
import { languageOf } from "../collab/languages";
import { toast } from "../toast";
import { useConnection, useFiles, useRoom } from "./context";

/** What the name of is asked: a new file, or one that is to be called otherwise. */
export interface Asking {
  file: File | null;
}

export interface FileActions {
  /** The dialog that is open. */
  asking: Asking | null;
  ask: (file: File | null) => void;
  close: () => void;
  /** A new file, or another name for the one asked about. */
  name: (path: string) => void;
  remove: (file: File) => void;
  restore: (text: string) => void;
  /** What can be brought back, asked for when it is needed. */
  deleted: () => Deleted[];
}

/** What those who may write can do with the room's files. */
export function useFileActions(): FileActions {
  const { doc } = useConnection();
  const { files } = useFiles();
  const offered = useRoom((state) => state.runner?.languages);
  const [asking, setAsking] = useState<Asking | null>(null);
  const language = (path: string) => languageOf(path, offered ?? []);

  const restore = (text: string) => {
    if (restoreFile(doc, text, language) === null) toast("There is no room for it", "error");
  };
  const remove = (file: File) => {
    if (files.length < 2) {
      toast("A room has at least one file", "error");
      return;
    }
    deleteFile(doc, file);
    toast(`${file.path} was deleted`, "info", { label: "Undo", act: () => restore(file.text) });
  };
  const name = (path: string) => {
    if (asking?.file) renameFile(doc, asking.file, path, language(path));
    else addFile(doc, path, language(path));
    setAsking(null);
  };
  return {
    asking,
    ask: (file) => setAsking({ file }),
    close: () => setAsking(null),
    name,
    remove,
    restore,
    deleted: () => deletedFiles(doc),
  };
}
