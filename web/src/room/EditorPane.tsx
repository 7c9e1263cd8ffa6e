import { useEffect, useEffectEvent, useState } from "react";

import { useEndedFiles } from "../api/queries";
import { setActivePath } from "../collab/document";
import { Failed } from "../components/States";
import { toast } from "../toast";
import { CodeEditor } from "./CodeEditor";
import { useConnection, useFiles, useMayWrite, usePractising, useRoom } from "./context";
import { FileTabs } from "./FileTabs";
import { RunControls } from "./RunControls";

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
  const path = mayWrite ? active : (looking ?? active);
  const language = files.find((file) => file.path === path)?.language;

  const pick = (next: string) => {
    if (mayWrite) setActivePath(doc, next);
    setLooking(mayWrite || next === active ? null : next);
  };
  useSayWhenSwitched(active, path === active);

  if (!loaded && ended) return <EndedCode sessionId={sessionId} />;
  return (
    <section className="flex h-full flex-col" aria-label="Code">
      <div className="border-base-300 bg-base-200 flex h-10 shrink-0 items-stretch border-b">
        <FileTabs files={files} active={active} shown={path} pick={pick} />
        <RunControls sessionId={sessionId} file={files.find((file) => file.path === active)} {...(onRun && { onRun })} />
      </div>
      <div className="relative min-h-0 flex-1">
        {loaded && path !== null && language !== undefined ? (
          <CodeEditor key={generation} path={path} language={language} readOnly={!mayWrite} />
        ) : (
          <CodeSkeleton />
        )}
      </div>
    </section>
  );
}

/** Tells people who did not switch themselves that the whole room now looks at another file. */
function useSayWhenSwitched(active: string | null, following: boolean): void {
  const { doc } = useConnection();
  const practising = usePractising();
  const say = useEffectEvent((path: string) => {
    if (following && !practising) toast(`Everybody is now in ${path}`);
  });
  useEffect(() => {
    const room = doc.getMap("room");
    const listen = (_: unknown, transaction: { local: boolean }) => {
      const path = room.get("active");
      if (!transaction.local && typeof path === "string") say(path);
    };
    if (active === null) return; // the first load is no switch
    room.observe(listen);
    return () => room.unobserve(listen);
  }, [doc, active]);
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
