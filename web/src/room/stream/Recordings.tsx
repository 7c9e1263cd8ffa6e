import { Film } from "lucide-react";
import { useCallback, useState } from "react";

import { api, messageOf } from "../../api/client";
import { clock } from "../../time";
import { useIsHost } from "./context";

interface Recorded {
  filename: string;
  url: string;
  startedAt: string;
  endedAt: string;
}

/** What was recorded, for the host; also after the session. */
export function Recordings({ sessionId }: { sessionId: string }) {
  const host = useIsHost();
  const [files, setFiles] = useState<Recorded[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = useCallback(() => {
    api.get<{ recordings: Recorded[] }>(`/api/sessions/${sessionId}/recordings`).then(
      ({ recordings }) => {
        setFiles(recordings);
        setProblem(null);
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  }, [sessionId]);
  if (!host) return null;
  return (
    <details
      className="border-base-300 border-t px-4 py-2 text-sm"
      data-testid="recordings"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) ask();
      }}
    >
      <summary className="text-muted cursor-pointer">
        <Film className="mr-1.5 inline size-3.5" aria-hidden />
        Recordings
      </summary>
      {problem !== null && (
        <p role="alert" className="text-error mt-1">
          {problem}
        </p>
      )}
      {files?.length === 0 && (
        <p className="text-muted mt-1">None yet. A file appears some minutes after it was stopped.</p>
      )}
      <ul className="mt-1">
        {files?.map(({ filename, url, startedAt, endedAt }) => (
          <li key={filename}>
            <a className="link" href={url} target="_blank" rel="noopener noreferrer">
              {clock(startedAt)} to {clock(endedAt)}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
