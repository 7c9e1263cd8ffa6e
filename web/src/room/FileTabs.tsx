import type { KeyboardEvent } from "react";

import type { File } from "../collab/document";

interface Props {
  files: File[];
  /** The file everybody follows and Run runs. */
  active: string | null;
  /** The file on this screen; differs only for somebody who may not write. */
  shown: string | null;
  pick: (path: string) => void;
}

export function FileTabs({ files, active, shown, pick }: Props) {
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = files.findIndex((file) => file.path === shown);
    const next = step === undefined ? undefined : files[(at + step + files.length) % files.length];
    if (next === undefined) return;
    event.preventDefault();
    pick(next.path);
    event.currentTarget.querySelector<HTMLElement>(`[data-path="${CSS.escape(next.path)}"]`)?.focus();
  };
  return (
    <div
      role="tablist"
      aria-label="Files"
      className="flex min-w-0 flex-1 overflow-x-auto"
      onKeyDown={move}
    >
      {files.map(({ path }) => {
        const here = path === shown;
        return (
          <button
            key={path}
            type="button"
            role="tab"
            data-testid={`tab-${path}`}
            data-path={path}
            aria-selected={here}
            tabIndex={here ? 0 : -1}
            onClick={() => pick(path)}
            className={`border-base-300 flex items-center gap-1.5 border-r px-3 font-mono text-xs whitespace-nowrap -outline-offset-2 sm:px-4 ${
              here
                ? "bg-base-100 shadow-[inset_0_2px_0_var(--color-primary)]"
                : "text-muted hover:text-base-content hover:bg-base-100/60"
            }`}
          >
            {path}
            {path === active && !here && (
              <span
                className="bg-primary size-1.5 rounded-full"
                title="The others are in this file"
                role="img"
                aria-label="the others are here"
              />
            )}
          </button>
        );
      })}
    </div>
  );
}
