import { type Call, StreamCall, StreamVideo } from "@stream-io/video-react-sdk";
import { useCallback, useMemo, useState } from "react";

import type { VideoSide } from "../../stream/clients";
import { Consent } from "./Consent";
import { InCallContext, useIsHost } from "./context";
import { Controls } from "./Controls";
import { Grid } from "./Grid";
import { Lobby } from "./Lobby";
import { Recordings } from "./Recordings";
import { useInCall } from "./useInCall";

interface Props {
  side: VideoSide;
  sessionId: string;
}

interface Round {
  number: number;
  call: Call;
  /** Why the call before was left. */
  problem: string | null;
}

/** A call may be left and joined again: each time it is another `Call` of the library. */
export function CallSide({ side, sessionId }: Props) {
  const { client, call } = side;
  const host = useIsHost();
  const [round, setRound] = useState<Round>({ number: 1, call, problem: null });
  const over = useCallback(
    (problem: string | null) =>
      setRound(({ number }) => ({
        number: number + 1,
        call: client.call(call.type, call.id),
        problem,
      })),
    [client, call],
  );
  return (
    <StreamVideo client={client}>
      <OneCall key={round.number} call={round.call} over={over} sessionId={sessionId} />
      {round.problem !== null && (
        <p role="alert" className="text-error px-4 pb-3 text-sm" data-testid="call-problem">
          {round.problem}
        </p>
      )}
      {host && <Recordings sessionId={sessionId} />}
    </StreamVideo>
  );
}

interface OneProps {
  call: Call;
  over: (problem: string | null) => void;
  sessionId: string;
}

function OneCall({ call, over, sessionId }: OneProps) {
  const inCall = useInCall(call, over);
  const here = useMemo(() => ({ ...inCall, call }), [inCall, call]);
  return (
    <StreamCall call={call}>
      <InCallContext value={here}>
        <Consent sessionId={sessionId} />
        {inCall.phase === "in" ? (
          <>
            <Grid sessionId={sessionId} />
            <Controls />
          </>
        ) : (
          <Lobby />
        )}
      </InCallContext>
    </StreamCall>
  );
}
