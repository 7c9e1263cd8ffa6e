import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { useEndedFiles } from "../api/queries";
import { setActivePath } from "../collab/document";
import { Failed } from "../components/States";
import { CodeEditor } from "./CodeEditor";
import { useConnection, useFiles, useMayWrite, useRoom } from "./context";
import { FileDialog } from "./FileDialog";
import { FileMenu } from "./FileMenu";
import { FileTabs } from "./FileTabs";
import { RunControls } from "./RunControls";
import { type FileActions, useFileActions } from "./useFileActions";
import { useFileNews } from "./useFileNews";

interface Props {
  sessionId: string;
  onRun?: () => void;
}

export function EditorPane({ sessionId, onRun }: Props) {
  const { doc } = useConnection();
  const { files, active } = useFiles();
  const loaded = useRoom((state) => state.loaded);
  const ended = useRoom((state) => state.phase === "ended");
  const generation = useRoom((state) => state.generation);
  const mayWrite = useMayWrite();
  // A spectator, or anybody after the end, may look elsewhere; a writer takes everybody along.
  const [looking, setLooking] = useState<string | null>(null);
  const path = mayWrite ? active : (files.find((file) => file.text === looking)?.path ?? active);
  const shown = files.find((file) => file.path === path);
  const actions = useFileActions();
  useFileNews(path === active, actions.restore);
  const bar = useFocusAfter(actions.asking !== null);

  const pick = (next: string) => {
    if (mayWrite) setActivePath(doc, next);
    const text = files.find((file) => file.path === next)?.text ?? null;
    setLooking(mayWrite || next === active ? null : text);
  };

  if (!loaded && ended) return <EndedCode sessionId={sessionId} />;
  return (
    <section className="flex h-full flex-col" aria-label="Code">
      <div
        ref={bar}
        className="border-base-300 bg-base-200 flex h-10 shrink-0 items-stretch border-b"
      >
        <FileTabs
          {...{ files, active, pick }}
          shown={path}
          {...(mayWrite && { rename: actions.ask, remove: actions.remove })}
        />
        {mayWrite && loaded && (
          <FileMenu file={shown} only={files.length === 1} actions={actions} />
        )}
        <span className="flex-1" />
        <RunControls
          sessionId={sessionId}
          file={files.find((file) => file.path === active)}
          {...(onRun && { onRun })}
        />
      </div>
      <div className="relative min-h-0 flex-1">
        {!loaded ? (
          <CodeSkeleton />
        ) : shown ? (
          <CodeEditor key={generation} file={shown} readOnly={!mayWrite} />
        ) : (
          <NoFile actions={mayWrite ? actions : null} />
        )}
      </div>
      {actions.asking && mayWrite && (
        <FileDialog
          file={actions.asking.file}
          files={files}
          onName={actions.name}
          onClose={actions.close}
        />
      )}
    </section>
  );
}

/** The focus goes to the file on the screen once its dialog is closed. */
function useFocusAfter(asking: boolean) {
  const bar = useRef<HTMLDivElement>(null);
  const before = useRef(false);
  useEffect(() => {
    if (before.current && !asking)
      bar.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
    before.current = asking;
  }, [asking]);
  return bar;
}

/** Two who deleted the last two files at the same moment leave none. */
function NoFile({ actions }: { actions: FileActions | null }) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <p className="text-muted">There is no file in this room.</p>
      {actions && (
        <button type="button" className="btn btn-sm btn-primary" onClick={() => actions.ask(null)}>
          <Plus className="size-3.5" aria-hidden /> New file
        </button>
      )}
    </div>
  );
}

function CodeSkeleton() {
  return (
    <div className="flex flex-col gap-3 px-14 py-5" role="status" aria-label="Loading the code">
      {[38, 52, 30, 0, 61, 44, 20].map((width, row) => (
        <div key={row} className="skeleton h-3.5" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** For whoever comes after the end: the code as it was left. */
function EndedCode({ sessionId }: { sessionId: string }) {
  const connection = useConnection();
  const files = useEndedFiles(sessionId, true);
  useEffect(() => {
    if (files.data) connection.fill(files.data);
  }, [connection, files.data]);
  if (!files.isError) return <CodeSkeleton />;
  return <Failed error={files.error} retry={() => void files.refetch()} />;
}
