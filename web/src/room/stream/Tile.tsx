import {
  hasAudio,
  hasVideo,
  ParticipantView,
  type StreamVideoParticipant,
} from "@stream-io/video-react-sdk";
import { MicOff } from "lucide-react";

import type { Person } from "../../collab/events";
import { Face } from "../../components/Face";
import { useRoom } from "../context";
import { TileMenu } from "./TileMenu";

interface Props {
  participant: StreamVideoParticipant;
  person: Person | undefined;
  /** The room says that their microphone is off; and so is all else that could be heard. */
  micOff: boolean;
  silenced: boolean;
  sessionId: string;
  /** Their screen instead of their camera. */
  screen?: boolean;
}

/** One person of the call: picture, name, and what is on. */
export function Tile({ participant, person, micOff, silenced, sessionId, screen = false }: Props) {
  const own = useRoom(({ you }) => you?._id) === participant.userId;
  const name = person?.name ?? (participant.name || "Somebody");
  const mic = hasAudio(participant) && !micOff;
  return (
    <div
      className="stream-tile"
      data-testid={screen ? "shared-screen" : "tile"}
      data-person={name}
      data-mic={mic}
      data-camera={hasVideo(participant)}
      data-speaking={participant.isSpeaking && mic}
    >
      <ParticipantView
        participant={participant}
        trackType={screen ? "screenShareTrack" : "videoTrack"}
        muteAudio={silenced || screen}
        ParticipantViewUI={null}
        VideoPlaceholder={null}
      />
      {!screen && !hasVideo(participant) && (
        <div className="absolute inset-0 flex items-center justify-center">
          <Face
            name={name}
            image={participant.image}
            className="bg-base-100 text-base-content size-12 text-base"
          />
        </div>
      )}
      <div className="stream-name">
        {!mic && !screen && <MicOff className="size-3" aria-label="Microphone off" />}
        <span className="truncate">{screen ? `${name}’s screen` : own ? `${name} (you)` : name}</span>
      </div>
      {!own && !screen && person !== undefined && (
        <TileMenu person={person} mic={mic} sessionId={sessionId} />
      )}
    </div>
  );
}
