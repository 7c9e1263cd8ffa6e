import {
  hasScreenShare,
  type StreamVideoParticipant,
  useCallStateHooks,
} from "@stream-io/video-react-sdk";

import type { Person } from "../../collab/events";
import { useRoom } from "../context";
import { Tile } from "./Tile";

interface Props {
  sessionId: string;
}

/** Everybody who may be seen and heard; a shared screen is larger, and above them. */
export function Grid({ sessionId }: Props) {
  const { useParticipants } = useCallStateHooks();
  const people = useRoom((state) => state.people);
  const shown = useParticipants().map((participant) => ({
    participant,
    person: people.find(({ _id }) => _id === participant.userId),
  }));
  // Of whom the host does not let take part nothing is played, whatever their page sends.
  const heard = shown.filter(({ person }) => person?.speaks !== false);
  const watching = shown.length - heard.length;
  return (
    <div className="p-2">
      {heard
        .filter(({ participant }) => hasScreenShare(participant))
        .map((each) => (
          <Tile key={`screen ${each.participant.sessionId}`} screen {...tileOf(each, sessionId)} />
        ))}
      <ul className="stream-grid" data-testid="grid" data-count={heard.length}>
        {heard.map((each) => (
          <li key={each.participant.sessionId}>
            <Tile {...tileOf(each, sessionId)} />
          </li>
        ))}
      </ul>
      {watching > 0 && (
        <p className="text-muted px-1 pt-1 text-xs" data-testid="watching">
          {watching} {watching === 1 ? "person watches" : "people watch"} and listen
          {watching === 1 ? "s" : ""}
        </p>
      )}
    </div>
  );
}

interface Shown {
  participant: StreamVideoParticipant;
  person: Person | undefined;
}

function tileOf({ participant, person }: Shown, sessionId: string) {
  // what the room says holds, also against a page that ignores that it was muted
  const rows = person?.call ?? [];
  const micOff = rows.length > 0 && rows.every(({ mic }) => !mic);
  // a shared screen has a sound of its own, which comes with the same person
  const silenced = micOff && rows.every(({ screen }) => !screen);
  return { participant, person, micOff, silenced, sessionId };
}
