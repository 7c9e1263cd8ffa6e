import { UserX } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../api/client";
import { useRemovePerson } from "../api/people";
import type { Seat } from "../collab/people";
import { Menu } from "../components/Menu";
import { Confirm } from "../components/Modal";
import { toast } from "../toast";

/** What a host can do with somebody of their session. */
export function RemovePerson({ sessionId, seat }: { sessionId: string; seat: Seat }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu label={`More for ${seat.name}`}>
        <button
          type="button"
          data-testid="remove-person"
          className="btn btn-ghost btn-sm text-error"
          onClick={() => setAsking(true)}
        >
          <UserX className="size-3.5" aria-hidden /> Remove from the session
        </button>
      </Menu>
      {asking && (
        <ConfirmRemove sessionId={sessionId} seat={seat} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

interface ConfirmProps {
  sessionId: string;
  seat: Pick<Seat, "_id" | "name" | "role" | "online">;
  onClose: () => void;
}

/** Asks before somebody is put out. */
export function ConfirmRemove({ sessionId, seat, onClose }: ConfirmProps) {
  const remove = useRemovePerson(sessionId);
  // not by callbacks of `mutate`: the row is gone as soon as the room hears of it
  const confirm = () =>
    remove.mutateAsync(seat._id).then(
      () => {
        onClose();
        toast(`${seat.name} was removed`, "success");
      },
      (error: unknown) => toast(messageOf(error), "error"),
    );
  return (
    <Confirm
      title={`Remove ${seat.name} from the session?`}
      act="Remove"
      keep={`Keep ${seat.name}`}
      testId="confirm-remove"
      pending={remove.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        {seat.online ? "They are out of the room at once" : "They cannot come back"}, and only an
        invitation made from then on lets them in again. What they wrote stays.
        {seat.role === "participant" && " The candidate’s seat is free again."}
      </p>
      <p className="mt-2">
        If they came by a link, it lets nobody in any more. Others who came by it stay.
      </p>
    </Confirm>
  );
}
