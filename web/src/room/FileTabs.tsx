import { type KeyboardEvent, useEffect, useRef } from "react";

import type { File } from "../collab/document";

interface Props {
  files: File[];
  /** The file everybody follows and Run runs. */
  active: string | null;
  /** The file on this screen; differs only for somebody who may not write. */
  shown: string | null;
  pick: (path: string) => void;
  /** What F2 and a double click, and what Delete on a tab asks for; for those who may write. */
  rename?: ((file: File) => void) | undefined;
  remove?: ((file: File) => void) | undefined;
}

export function FileTabs({ files, active, shown, pick, rename, remove }: Props) {
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const at = files.findIndex((file) => file.path === shown);
    const here = files[at];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step === undefined ? undefined : files[(at + step + files.length) % files.length];
    if (next !== undefined) {
      pick(next.path);
      const path = CSS.escape(next.path);
      event.currentTarget.querySelector<HTMLElement>(`[data-path="${path}"]`)?.focus();
    } else if (event.key === "F2" && rename && here) rename(here);
    else if (event.key === "Delete" && remove && here) remove(here);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="tablist"
      aria-label="Files"
      className="flex min-w-0 overflow-x-auto [scrollbar-width:thin]"
      onKeyDown={onKey}
    >
      {files.map((file) => (
        <Tab
          key={file.text}
          path={file.path}
          here={file.path === shown}
          others={file.path === active}
          onClick={() => pick(file.path)}
          onDoubleClick={() => rename?.(file)}
        />
      ))}
    </div>
  );
}

interface TabProps {
  path: string;
  here: boolean;
  /** Whether everybody else is in this file. */
  others: boolean;
  onClick: () => void;
  onDoubleClick: () => void;
}

function Tab({ path, here, others, onClick, onDoubleClick }: TabProps) {
  const tab = useRef<HTMLButtonElement>(null);
  // one that is chosen elsewhere, such as that of a new file, comes into view
  useEffect(() => {
    if (here) tab.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here, path]);
  return (
    <button
      ref={tab}
      type="button"
      role="tab"
      data-testid={`tab-${path}`}
      data-path={path}
      title={path}
      aria-selected={here}
      tabIndex={here ? 0 : -1}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
      className={`border-base-300 flex max-w-56 shrink-0 items-center gap-1.5 border-r px-3 font-mono text-xs whitespace-nowrap -outline-offset-2 sm:px-4 ${
        here
          ? "bg-base-100 shadow-[inset_0_2px_0_var(--color-primary)]"
          : "text-muted hover:text-base-content hover:bg-base-100/60"
      }`}
    >
      <span className="truncate">{path}</span>
      {others && !here && (
        <span
          className="bg-primary size-1.5 rounded-full"
          title="The others are in this file"
          role="img"
          aria-label="the others are here"
        />
      )}
    </button>
  );
}
