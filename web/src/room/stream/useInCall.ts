import { type Call, CallingState } from "@stream-io/video-client";
import { useCallback, useEffect, useMemo, useState } from "react";

import { messageOf } from "../../api/client";
import type { Switched } from "../../collab/events";
import { within } from "../../stream/link";
import { Seat, SeatRefused } from "../../stream/seat";
import { inWords } from "../../stream/words";
import { useConnection, useRoom } from "../context";
import { useSpeaks } from "./context";

const JOINING_MS = 45_000;

export interface InCall {
  phase: "out" | "joining" | "in";
  /** Why the last try did not work, or the call ended. */
  problem: string | null;
  /** Who turned this page's microphone off, until it is on again. */
  mutedBy: string | null;
  seat: Seat;
  join: (agree: boolean) => void;
  leave: () => void;
  unmuted: () => void;
}

/** First a place in the room's call, which asks for consent; then sound and pictures by Stream. */
export function useInCall(call: Call): InCall {
  const connection = useConnection();
  const [phase, setPhase] = useState<InCall["phase"]>("out");
  const [problem, setProblem] = useState<string | null>(null);
  const [mutedBy, setMutedBy] = useState<string | null>(null);
  const [seat] = useState(() => new Seat(connection, () => setPhase("out")));

  const join = useCallback(
    (agree: boolean) => {
      setPhase("joining");
      setProblem(null);
      enter(call, seat, agree).then(
        () => setPhase("in"),
        (error: unknown) => {
          setPhase("out");
          setProblem(error instanceof SeatRefused ? null : messageOf(error));
        },
      );
    },
    [call, seat],
  );
  const leave = useCallback(() => setPhase("out"), []);
  const unmuted = useCallback(() => setMutedBy(null), []);

  useEffect(() => {
    if (phase === "out") return;
    return () => seat.leave();
  }, [phase === "out", seat]);
  useEffect(() => {
    if (phase !== "in") return;
    // however it is left: by hand, by the room's refusal, with the room
    return () => void quit(call);
  }, [call, phase]);
  useLeavingWithTheRoom(phase, leave);
  useSilence(call);
  useEffect(() => {
    const hear = (event: { type: string; by?: { name: string } }) => {
      if (event.type !== "call.muted") return;
      setMutedBy(event.by?.name ?? "The host");
      void call.microphone.disable();
    };
    connection.listeners.add(hear);
    return () => void connection.listeners.delete(hear);
  }, [call, connection]);
  useEffect(() => {
    const subscription = call.state.callingState$.subscribe((state) => {
      if (state !== CallingState.RECONNECTING_FAILED) return;
      setProblem("The call was lost: Stream cannot be reached.");
      setPhase("out");
    });
    return () => subscription.unsubscribe();
  }, [call]);
  return useMemo(
    () => ({ phase, problem, mutedBy, seat, join, leave, unmuted }),
    [phase, problem, mutedBy, seat, join, leave, unmuted],
  );
}

async function enter(call: Call, seat: Seat, agree: boolean): Promise<void> {
  await seat.take(switchedOf(call), agree);
  try {
    await within(JOINING_MS, call.join({ maxJoinRetries: 2 }));
  } catch (error) {
    await quit(call);
    throw new Error(inWords("The call", error), { cause: error });
  }
}

async function quit(call: Call): Promise<void> {
  const { callingState } = call.state;
  if (callingState !== CallingState.LEFT && callingState !== CallingState.IDLE) {
    await call.leave().catch(() => undefined);
  }
}

export function switchedOf(call: Call): Switched {
  const isOn = ({ status }: { status: string | undefined }) => status === "enabled";
  return {
    mic: isOn(call.microphone.state),
    camera: isOn(call.camera.state),
    screen: isOn(call.screenShare.state),
  };
}

/** Whoever is put out of the room, or sees its end, is not in its call any more. */
function useLeavingWithTheRoom(phase: InCall["phase"], leave: () => void): void {
  const over = useRoom((state) => state.phase === "ended" || state.phase === "refused");
  useEffect(() => {
    if (over && phase !== "out") leave();
  }, [over, phase, leave]);
}

/** Of whom the host does not let take part, nothing is on. */
function useSilence(call: Call): void {
  const speaks = useSpeaks();
  useEffect(() => {
    if (speaks) return;
    void call.microphone.disable({ forceStop: true });
    void call.camera.disable({ forceStop: true });
    void call.screenShare.disable({ forceStop: true });
  }, [call, speaks]);
}
