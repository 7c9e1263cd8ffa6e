import { Headphones, Phone } from "lucide-react";

import { canCall } from "../../call/devices";
import { useRoom } from "../context";
import { Note } from "./Problems";
import { useCall, useCallState, useSpeaks } from "./useCall";

/** Before the call: who is in it, and the way in. */
export function Lobby() {
  const call = useCall();
  const speaks = useSpeaks();
  const people = useRoom((state) => state.people);
  const connected = useRoom(({ phase }) => phase === "connected");
  const joining = useCallState(({ phase }) => phase === "joining");
  const refusal = useCallState((state) => state.refusal);
  const inside = people.filter((person) => person.call.length > 0).map(({ name }) => name);
  if (!canCall()) {
    return (
      <p className="text-muted text-xs text-pretty">
        Calls need a browser with WebRTC, and a page opened by https.
      </p>
    );
  }
  const Icon = speaks ? Phone : Headphones;
  return (
    <>
      <p className="text-muted text-xs text-pretty" data-testid="in-call">
        {inside.length === 0 ? "Nobody is in the call yet." : `In the call: ${listed(inside)}`}
      </p>
      {refusal !== null && (
        <Note testId="call-refused" icon={<Phone className="text-error size-4" aria-hidden />}>
          {refusal}
        </Note>
      )}
      <button
        type="button"
        className={`btn btn-sm w-full gap-1.5 ${inside.length > 0 ? "btn-primary" : "btn-quiet"}`}
        disabled={!connected || joining}
        data-testid="join-call"
        onClick={() => (speaks ? void call.check() : call.join(false))}
      >
        <Icon className="size-4" aria-hidden />
        {joining ? "Joining…" : speaks ? "Join the call" : "Watch and listen"}
      </button>
    </>
  );
}

/** As "Ada, Grace and Sam". */
const listed = (names: readonly string[]): string => new Intl.ListFormat("en-GB").format(names);
