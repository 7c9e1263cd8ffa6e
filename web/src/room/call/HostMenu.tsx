import { Eye, Hand, MicOff, UserX } from "lucide-react";
import { useState } from "react";

import type { Member } from "../../call/members";
import { Menu } from "../../components/Menu";
import { useConnection } from "../context";
import { ConfirmRemove } from "../RemovePerson";

const ITEM = "btn btn-ghost btn-sm justify-start";

/** What the host can do with somebody in the call. */
export function HostMenu({ member }: { member: Member }) {
  const connection = useConnection();
  const [removing, setRemoving] = useState(false);
  const { person, mic, key } = member;
  const letSpeak = (speaks: boolean) =>
    connection.send({ type: "call.let", user: person._id, speaks });
  return (
    <>
      <Menu label={`What to do with ${person.name}`}>
        <div className="flex flex-col">
          {person.speaks && (
            <button
              type="button"
              className={ITEM}
              data-testid="mute-member"
              disabled={!mic}
              onClick={() => connection.send({ type: "call.mute", key })}
            >
              <MicOff className="size-3.5" aria-hidden /> {mic ? "Mute" : "Is muted"}
            </button>
          )}
          {person.role === "spectator" && (
            <button
              type="button"
              className={ITEM}
              data-testid={person.speaks ? "take-back" : "let-speak"}
              onClick={() => letSpeak(!person.speaks)}
            >
              {person.speaks ? (
                <>
                  <Eye className="size-3.5" aria-hidden /> Have them only watch again
                </>
              ) : (
                <>
                  <Hand className="size-3.5" aria-hidden /> Let them take part
                </>
              )}
            </button>
          )}
          <button
            type="button"
            className={`${ITEM} text-error`}
            data-testid="remove-member"
            onClick={() => setRemoving(true)}
          >
            <UserX className="size-3.5" aria-hidden /> Remove from the session
          </button>
        </div>
      </Menu>
      {removing && (
        <ConfirmRemove
          sessionId={connection.sessionId}
          seat={{ ...person, online: true }}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}
