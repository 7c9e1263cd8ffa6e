import { type Call, CallingState } from "@stream-io/video-react-sdk";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { messageOf } from "../../api/client";
import type { ServerEvent, Switched } from "../../collab/events";
import { leave as leaveCall } from "../../stream/clients";
import { within } from "../../stream/link";
import { Seat, SeatRefused } from "../../stream/seat";
import { inWords } from "../../stream/words";
import { useConnection, useRoom } from "../context";
import { useSpeaks } from "./context";

const JOINING_MS = 45_000;

export interface InCall {
  phase: "out" | "joining" | "in";
  /** Who turned this page's microphone off, until it is on again. */
  mutedBy: string | null;
  seat: Seat;
  join: (agree: boolean) => void;
  leave: () => void;
}

/**
 * First a place in the room's call, which asks for consent; then sound and pictures by Stream.
 * `over` is called when this call was left or could not be joined, with the reason in words or null;
 * the next try is made with another `Call`.
 */
export function useInCall(call: Call, over: (problem: string | null) => void): InCall {
  const connection = useConnection();
  const [phase, setPhase] = useState<InCall["phase"]>("out");
  const [seat] = useState(
    () => new Seat(connection, () => over("The room did not let this page back into the call.")),
  );
  const wanted = useRef(true);
  const join = useCallback(
    (agree: boolean) => {
      setPhase("joining");
      enter(call, seat, agree, wanted).then(
        () => setPhase("in"),
        (error: unknown) => over(error instanceof SeatRefused ? null : messageOf(error)),
      );
    },
    [call, seat, over],
  );
  const leave = useCallback(() => over(null), [over]);

  // however it is left: by hand, by the room's refusal, with the room
  useEffect(() => {
    wanted.current = true;
    return () => {
      wanted.current = false;
      seat.leave();
      void leaveCall(call);
    };
  }, [call, seat]);
  useEnd(call, phase, over);
  useSilence(call);
  const mutedBy = useMuted(call);
  return useMemo(
    () => ({ phase, mutedBy, seat, join, leave }),
    [phase, mutedBy, seat, join, leave],
  );
}

/** `wanted`: false once the page has turned to something else meanwhile. */
async function enter(
  call: Call,
  seat: Seat,
  agree: boolean,
  wanted: { current: boolean },
): Promise<void> {
  try {
    await seat.take(switchedOf(call), agree);
    if (!wanted.current) return;
    const joined = call.join({ maxJoinRetries: 2 }).catch((error: unknown) => {
      throw new Error(inWords("The call", error), { cause: error });
    });
    await within(JOINING_MS, joined);
  } finally {
    if (!wanted.current) {
      seat.leave();
      void leaveCall(call);
    }
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

/** The call was lost or closed; or the room, without which nobody is in its call. */
function useEnd(call: Call, phase: InCall["phase"], over: (problem: string | null) => void): void {
  const roomOver = useRoom((state) => state.phase === "ended" || state.phase === "refused");
  useEffect(() => {
    if (roomOver && phase !== "out") over(null);
  }, [roomOver, phase, over]);
  useEffect(() => {
    if (phase !== "in") return;
    const subscription = call.state.callingState$.subscribe((state) => {
      if (state === CallingState.RECONNECTING_FAILED) {
        over("The call was lost: Stream cannot be reached.");
      } else if (state === CallingState.LEFT) over("The call has ended.");
    });
    return () => subscription.unsubscribe();
  }, [call, phase, over]);
}

/** Of whom the host does not let take part, nothing is on. */
function useSilence(call: Call): void {
  const speaks = useSpeaks();
  useEffect(() => {
    if (speaks) return;
    for (const device of [call.microphone, call.camera, call.screenShare]) {
      device.disable({ forceStop: true }).catch(() => undefined);
    }
  }, [call, speaks]);
}

/** The host has turned the microphone off; its owner may turn it on again. */
function useMuted(call: Call): string | null {
  const connection = useConnection();
  const [mutedBy, setMutedBy] = useState<string | null>(null);
  useEffect(() => {
    const hear = (event: ServerEvent) => {
      if (event.type !== "call.muted") return;
      setMutedBy(event.by.name);
      call.microphone.disable().catch(() => undefined);
    };
    connection.listeners.add(hear);
    const subscription = call.microphone.state.status$.subscribe((status) => {
      if (status === "enabled") setMutedBy(null);
    });
    return () => {
      connection.listeners.delete(hear);
      subscription.unsubscribe();
    };
  }, [call, connection]);
  return mutedBy;
}
