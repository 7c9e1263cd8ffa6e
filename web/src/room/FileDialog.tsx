import { type SubmitEvent, useRef, useState } from "react";

import type { File } from "../collab/document";
import { freePath, whyNot } from "../collab/files";
import { languageOf, withEndingOf } from "../collab/languages";
import { Field } from "../components/Field";
import { Modal } from "../components/Modal";
import { useRoom } from "./context";

interface Props {
  /** The file that is to be called otherwise; null: a new one. */
  file: File | null;
  files: readonly File[];
  onName: (path: string) => void;
  onClose: () => void;
}

/** Asks for a file's name; its ending says what language it is in. */
export function FileDialog({ file, files, onName, onClose }: Props) {
  const runner = useRoom((state) => state.runner);
  const [name, setName] = useState(file?.path ?? "");
  const [error, setError] = useState<string | null>(null);
  const focused = useRef(false);
  const offered = runner?.languages ?? [];
  const language = languageOf(name, offered);
  const label = offered.find((each) => each.language === language)?.label;
  const take = (path: string) => {
    setName(path);
    setError(null);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const path = name.trim();
    const why = whyNot(files, path, file?.path);
    if (why === null) onName(path);
    else setError(why);
  };
  return (
    <Modal title={file ? `Rename ${file.path}` : "New file"} onClose={onClose}>
      <form onSubmit={submit} className="mt-4 flex flex-col gap-4" data-testid="file-dialog">
        <Field
          label="Name"
          name="path"
          autoFocus
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={200}
          placeholder="notes.txt, src/helper.py"
          value={name}
          error={error}
          hint={hintOf(name, label)}
          onFocus={({ target }) => {
            if (!focused.current) target.setSelectionRange(...stemOf(target.value));
            focused.current = true; // later the selection is this person's
          }}
          onChange={({ target }) => take(target.value)}
        />
        {!file && offered.length > 0 && (
          <div className="flex flex-wrap gap-1.5" role="group" aria-label="In a language">
            {offered.map((each) => (
              <button
                key={each.language}
                type="button"
                className="btn btn-xs btn-quiet font-normal"
                onClick={() =>
                  take(freePath(files, name ? withEndingOf(name, each.path) : each.path))
                }
              >
                {each.label}
              </button>
            ))}
          </div>
        )}
        <div className="modal-action mt-1">
          <button type="button" className="btn btn-ghost" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn btn-primary" data-testid="name-file">
            {file ? "Rename" : "Add"}
          </button>
        </div>
      </form>
    </Modal>
  );
}

function hintOf(name: string, label: string | undefined): string {
  if (label !== undefined) return `${label}: it can be run, and other files can use it.`;
  if (name === "") return "The ending says which language it is in.";
  return "Cannot be run itself; programs find it beside them.";
}

/** What of a name is most likely to change: all between the last “/” and the ending. */
function stemOf(path: string): [number, number] {
  const start = path.lastIndexOf("/") + 1;
  const dot = path.lastIndexOf(".");
  return [start, dot > start ? dot : path.length];
}
