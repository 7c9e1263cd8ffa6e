import { Phone } from "lucide-react";

import { useRoom } from "../context";
import { Switch } from "./Switch";
import { useCall, useCallState, useSpeaks } from "./useCall";

/** While this page is in the call and the pane of it is out of sight: what one needs at hand. */
export function CallStrip({ show }: { show: () => void }) {
  const call = useCall();
  const speaks = useSpeaks();
  const joined = useCallState(({ phase }) => phase === "in");
  const others = useRoom((state) => state.people.filter((person) => person.call.length > 0).length - 1);
  if (!joined) return null;
  return (
    <section
      className="border-base-300 bg-base-200 flex items-center gap-1.5 border-b px-3 py-1"
      aria-label="Call, out of sight"
      data-testid="call-strip"
    >
      <Phone className="text-success size-3.5" aria-hidden />
      <button type="button" className="link link-hover min-w-0 flex-1 truncate text-left text-xs" onClick={show}>
        {others < 1 ? "You are alone in the call" : `In the call with ${others} other${others > 1 ? "s" : ""}`}
      </button>
      {speaks && (
        <>
          <Switch kind="mic" />
          <Switch kind="camera" />
        </>
      )}
      <button type="button" className="btn btn-sm max-sm:btn-md btn-quiet" onClick={() => call.leave()}>
        Leave
      </button>
    </section>
  );
}
