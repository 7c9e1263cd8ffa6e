import { Film } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../../api/client";
import { useRecordings } from "../../api/queries";
import type { Recorded } from "../../api/types";
import { clock } from "../../time";

/** What was recorded of the call by Stream, for its host: asked for when it is opened. */
export function Recordings({ sessionId }: { sessionId: string }) {
  const [open, setOpen] = useState(false);
  const { data, error } = useRecordings(sessionId, open);
  return (
    <details
      className="border-base-300 border-t px-4 py-2 text-sm"
      data-testid="recordings"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="text-muted cursor-pointer">
        <Film className="mr-1.5 inline size-3.5" aria-hidden />
        Recordings
      </summary>
      {error !== null && (
        <p role="alert" className="text-error mt-1">
          {messageOf(error)}
        </p>
      )}
      {data?.length === 0 && (
        <p className="text-muted mt-1">None yet. A file appears some minutes after it was stopped.</p>
      )}
      {data !== undefined && <Files files={data} />}
    </details>
  );
}

/** The same of a session that is over; where nothing was recorded there is nothing to see. */
export function PastRecordings({ sessionId }: { sessionId: string }) {
  const { data = [] } = useRecordings(sessionId);
  if (data.length === 0) return null;
  return (
    <section
      className="border-base-300 shrink-0 border-b px-4 py-2.5 text-sm"
      aria-label="Recordings"
      data-testid="past-recordings"
    >
      <h2 className="pane-title">Recordings</h2>
      <Files files={data} />
    </section>
  );
}

function Files({ files }: { files: readonly Recorded[] }) {
  return (
    <ul className="mt-1">
      {files.map(({ filename, url, startedAt, endedAt }) => (
        <li key={filename}>
          <a className="link" href={url} target="_blank" rel="noopener noreferrer">
            {clock(startedAt)} to {clock(endedAt)}
          </a>
        </li>
      ))}
    </ul>
  );
}
