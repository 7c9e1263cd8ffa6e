import { Mic } from "lucide-react";

import { useConnection, useRoom } from "../context";
import { useIsHost } from "./context";

/** Who watches the call, for the host, who can let them take part. */
export function Watchers() {
  const connection = useConnection();
  const host = useIsHost();
  const people = useRoom((state) => state.people);
  const watching = people.filter(({ speaks, call }) => !speaks && call.length > 0);
  if (!host || watching.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-3 pb-2" aria-label="Who watches the call">
      {watching.map(({ _id, name }) => (
        <li key={_id} className="flex items-center justify-between gap-2 text-xs">
          <span className="truncate">{name} watches</span>
          <button
            type="button"
            className="btn btn-xs"
            data-testid="let"
            data-person={name}
            onClick={() => connection.send({ type: "call.let", user: _id, speaks: true })}
          >
            <Mic className="size-3" aria-hidden /> Let take part
          </button>
        </li>
      ))}
    </ul>
  );
}
