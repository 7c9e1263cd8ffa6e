import { FilePlus2, PencilLine, Plus, RotateCcw, Trash2 } from "lucide-react";

import type { File } from "../collab/document";
import { Menu } from "../components/Menu";
import type { FileActions } from "./useFileActions";

interface Props {
  /** The file on this screen, if any. */
  file: File | undefined;
  /** Whether there is no other. */
  only: boolean;
  actions: FileActions;
}

const ITEM = "btn btn-ghost btn-sm justify-start font-normal";

/** Beside the tabs: a new file, and what can be done with the one that is shown. */
export function FileMenu({ file, only, actions }: Props) {
  const deleted = actions.deleted();
  return (
    <div className="flex shrink-0 items-center gap-0.5 px-1">
      <button
        type="button"
        data-testid="new-file"
        aria-label="New file"
        title="New file"
        className="btn btn-ghost btn-xs btn-square text-muted max-sm:hidden"
        onClick={() => actions.ask(null)}
      >
        <Plus className="size-4" aria-hidden />
      </button>
      <Menu label="File menu">
        <div className="flex max-h-[60vh] max-w-72 flex-col overflow-y-auto" data-testid="file-menu">
          <button type="button" className={ITEM} onClick={() => actions.ask(null)}>
            <FilePlus2 className="size-3.5" aria-hidden /> New file…
          </button>
          {file && (
            <>
              <button
                type="button"
                data-testid="rename-file"
                className={ITEM}
                onClick={() => actions.ask(file)}
              >
                <PencilLine className="size-3.5 shrink-0" aria-hidden />
                <span className="truncate">Rename {file.path}…</span>
              </button>
              <button
                type="button"
                data-testid="delete-file"
                className={`${ITEM} text-error`}
                disabled={only}
                title={only ? "A room has at least one file" : undefined}
                onClick={() => actions.remove(file)}
              >
                <Trash2 className="size-3.5 shrink-0" aria-hidden />
                <span className="truncate">Delete {file.path}</span>
              </button>
            </>
          )}
          {deleted.length > 0 && <h3 className="pane-title px-3 pt-2 pb-1">Deleted</h3>}
          {deleted.map(({ path, text }) => (
            <button
              key={text}
              type="button"
              data-testid={`restore-${path}`}
              className={ITEM}
              onClick={() => actions.restore(text)}
            >
              <RotateCcw className="size-3.5 shrink-0" aria-hidden />
              <span className="truncate">Bring back {path}</span>
            </button>
          ))}
        </div>
      </Menu>
    </div>
  );
}
