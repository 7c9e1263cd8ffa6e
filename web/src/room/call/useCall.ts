import { useSyncExternalStore } from "react";

import { type Call, type CallState, callOf } from "../../call/call";
import { consentWanted, speaksIn } from "../../call/consent";
import type { OwnState } from "../../call/own";
import { recordingOf, type RecordingState } from "../../call/recording";
import { useConnection, useRoom } from "../context";

export function useCall(): Call {
  return callOf(useConnection());
}

/** A part of the call's state. `select` must return something stable. */
export function useCallState<T>(select: (state: CallState) => T): T {
  const { store } = useCall();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** A part of what this person's devices do. */
export function useOwn<T>(select: (state: OwnState) => T): T {
  const { store } = useCall().own;
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export function useHostRecording<T>(select: (state: RecordingState) => T): T {
  const { store } = recordingOf(useCall());
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export function useBlocked(): boolean {
  const { store } = useCall().playback;
  return useSyncExternalStore(store.subscribe, () => store.get().blocked);
}

/** Whether this person may be seen and heard. */
export function useSpeaks(): boolean {
  return useRoom(speaksIn);
}

/** Whether this person still has to say whether they agree to be recorded. */
export function useConsentWanted(): boolean {
  return useRoom(consentWanted);
}
