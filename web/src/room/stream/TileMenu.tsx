import { Eye, MicOff } from "lucide-react";

import { api, messageOf } from "../../api/client";
import type { Person } from "../../collab/events";
import { Menu } from "../../components/Menu";
import { toast } from "../../toast";
import { useConnection } from "../context";
import { useIsHost } from "./context";

interface Props {
  person: Person;
  mic: boolean;
  sessionId: string;
}

/** What the host can do with somebody in the call. */
export function TileMenu({ person, mic, sessionId }: Props) {
  const connection = useConnection();
  const host = useIsHost();
  const spectator = person.role === "spectator";
  if (!host || (!mic && !spectator)) return null;
  const mute = () => {
    // by the room for every page that keeps to it, and at Stream for one that does not
    for (const { key } of person.call) connection.send({ type: "call.mute", key });
    api
      .post(`/api/sessions/${sessionId}/people/${person._id}/mute`)
      .catch((error: unknown) => toast(messageOf(error), "error"));
  };
  return (
    <div className="absolute top-1 right-1">
      <Menu label={`What to do with ${person.name}`}>
        {mic && (
          <button
            type="button"
            className="btn btn-ghost btn-sm w-full justify-start"
            data-testid="mute"
            onClick={mute}
          >
            <MicOff className="size-3.5" aria-hidden /> Mute
          </button>
        )}
        {spectator && (
          <button
            type="button"
            className="btn btn-ghost btn-sm w-full justify-start"
            data-testid="take-back"
            onClick={() => connection.send({ type: "call.let", user: person._id, speaks: false })}
          >
            <Eye className="size-3.5" aria-hidden /> Let only watch
          </button>
        )}
      </Menu>
    </div>
  );
}
