import { useEffect, useRef, useState } from "react";

import { api, messageOf } from "../../api/client";
import type { Recording } from "../../collab/events";
import { clock } from "../../time";
import { useConnection, useRoom } from "../context";
import { useCallHere, useIsHost } from "./context";

/** Whether the call is recorded: the question, the sign that lasts, and why it is not. */
export function Consent({ sessionId }: { sessionId: string }) {
  const recording = useRoom((state) => state.recording);
  const { problem, stop } = useRecorder(sessionId, recording);
  if (recording === null) return null;
  return (
    <>
      {recording.state === "on" && <Sign recording={recording} stop={stop} />}
      {recording.state === "asking" && <Asking recording={recording} stop={stop} />}
      {recording.state === "off" && recording.refusedBy !== null && (
        <p role="status" className="px-4 pt-2.5 text-sm" data-testid="recording-refused">
          {recording.refusedBy.name} did not agree to a recording. Nothing is recorded.
        </p>
      )}
      {problem !== null && (
        <p role="alert" className="text-error px-4 pt-2.5 text-sm" data-testid="recording-problem">
          {problem}
        </p>
      )}
    </>
  );
}

interface PartProps {
  recording: Recording;
  stop: () => void;
}

function Sign({ recording, stop }: PartProps) {
  const host = useIsHost();
  const { by, since } = recording;
  return (
    <div
      role="status"
      className="bg-error text-error-content flex items-center justify-between gap-2 px-4 py-1.5 text-sm"
      data-testid="recording-sign"
    >
      <span>
        <span className="mr-1.5 inline-block size-2 rounded-full bg-current" aria-hidden />
        Recording{by !== null && `, by ${by.name}`}
        {since !== null && ` since ${clock(since)}`}
      </span>
      {host && (
        <button type="button" className="btn btn-xs" data-testid="recording-stop" onClick={stop}>
          Stop
        </button>
      )}
    </div>
  );
}

function Asking({ recording, stop }: PartProps) {
  const { seat } = useCallHere();
  const host = useIsHost();
  const own = useRoom(({ you }) => you?._id);
  const mine = recording.people.find(({ _id }) => _id === own);
  const waiting = recording.people.filter(({ agreed }) => agreed === null);
  const asked = mine?.agreed === null;
  return (
    <div role="alert" className="bg-base-200 px-4 py-2.5 text-sm" data-testid="recording-asking">
      {asked ? (
        <>
          <p>
            {recording.by?.name ?? "The host"} wants to record this call: sound, cameras and shared
            screens of all who are in it. If you say no, nothing is recorded and the call goes on.
          </p>
          <div className="mt-2 flex gap-2">
            <button
              type="button"
              className="btn btn-sm btn-primary"
              data-testid="recording-agree"
              onClick={() => seat.answer(true)}
            >
              I agree
            </button>
            <button
              type="button"
              className="btn btn-sm"
              data-testid="recording-decline"
              onClick={() => seat.answer(false)}
            >
              No
            </button>
          </div>
        </>
      ) : (
        <div className="flex items-center justify-between gap-2">
          <p>
            Whether to record is being asked. Not recorded yet; waiting for{" "}
            {waiting.map(({ name }) => name).join(", ")}.
          </p>
          {host && (
            <button type="button" className="btn btn-xs" onClick={stop}>
              Cancel
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** The host's page has the call recorded while all agree; the server stops it when they do not. */
function useRecorder(
  sessionId: string,
  recording: Recording | null,
): { problem: string | null; stop: () => void } {
  const connection = useConnection();
  const { phase } = useCallHere();
  const own = useRoom(({ you }) => you?._id);
  const [problem, setProblem] = useState<string | null>(null);
  const begun = useRef<string | null>(null);
  const path = `/api/sessions/${sessionId}/recording`;
  const mine = recording?.by?._id === own && phase === "in";
  const since = recording?.state === "on" ? recording.since : null;
  useEffect(() => {
    if (!mine || since === null || begun.current === since) return;
    begun.current = since;
    api.post(path).then(
      () => setProblem(null),
      (error: unknown) => {
        setProblem(messageOf(error));
        // no sign without a recording
        connection.send({ type: "recording.stop" });
      },
    );
  }, [connection, path, mine, since]);
  const stop = () => {
    connection.send({ type: "recording.stop" });
    if (since === null) return;
    api.delete(path).then(
      () => setProblem(null),
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return { problem, stop };
}
