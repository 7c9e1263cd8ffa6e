import { CircleDot, Info, VolumeX } from "lucide-react";

import { recordingOf } from "../../call/recording";
import { useRoom } from "../context";
import { Controls } from "./Controls";
import { Lobby } from "./Lobby";
import { Note, Problems } from "./Problems";
import { Tiles } from "./Tiles";
import { useBlocked, useCall, useCallState, useHostRecording } from "./useCall";

/** The call of the room, above its chat. */
export function CallPane() {
  const joined = useCallState(({ phase }) => phase === "in");
  return (
    <section
      className="border-base-300 flex max-h-[65%] shrink-0 flex-col gap-2 border-b px-3 py-2.5"
      aria-label="Call"
      data-testid="call"
      data-joined={joined}
    >
      {joined ? (
        <>
          <div className="min-h-0 overflow-y-auto">
            <Tiles />
          </div>
          <Notes />
          <Controls />
        </>
      ) : (
        <>
          <Lobby />
          <RecordingNote />
        </>
      )}
    </section>
  );
}

function Notes() {
  const call = useCall();
  const notice = useCallState((state) => state.notice);
  const blocked = useBlocked();
  return (
    <div className="flex flex-col gap-1.5 empty:hidden" aria-live="polite">
      {blocked && (
        // as any other click or key: see Playback
        <button type="button" className="btn btn-sm btn-primary" data-testid="unblock-sound">
          <VolumeX className="size-4" aria-hidden /> The browser holds the sound back: play it
        </button>
      )}
      {notice !== null && (
        <Note
          testId="call-notice"
          icon={<Info className="text-info size-4" aria-hidden />}
          onClose={() => call.readNotice()}
        >
          {notice}
        </Note>
      )}
      <Problems />
      <Asking />
      <RecordingNote />
    </div>
  );
}

/** While the host waits for everybody's consent. */
function Asking() {
  const recording = useRoom((state) => state.recording);
  if (recording?.state !== "asking") return null;
  const open = recording.people.filter(({ agreed }) => agreed === null).map(({ name }) => name);
  return (
    <Note testId="asking" icon={<CircleDot className="text-error size-4" aria-hidden />}>
      Not recording yet: waiting for {new Intl.ListFormat("en-GB").format(open)} to agree.
    </Note>
  );
}

/** What became of the host's recording. */
function RecordingNote() {
  const recording = recordingOf(useCall());
  const note = useHostRecording((state) => state.note);
  if (note === null) return null;
  return (
    <Note
      testId="recording-note"
      icon={<Info className="text-info size-4" aria-hidden />}
      onClose={() => recording.readNote()}
    >
      {note}
    </Note>
  );
}
