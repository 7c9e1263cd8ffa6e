import { useEffect, useRef } from "react";

import { useRoom } from "./context";
import { passedAll } from "./verdicts";

/** Confetti for everybody in the room when a run passes all tests: once, and only for runs that
 * ended while one was there. */
export function useConfetti(): void {
  const loaded = useRoom((state) => state.loaded);
  const runs = useRoom((state) => state.runs);
  const seen = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!loaded) return;
    const over = runs.filter(({ status }) => status === "finished");
    const known = seen.current;
    seen.current = new Set([...(known ?? []), ...over.map(({ _id }) => _id)]);
    if (known !== null && over.some((run) => !known.has(run._id) && passedAll(run))) {
      void celebrate();
    }
  }, [loaded, runs]);
}

async function celebrate(): Promise<void> {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const { default: confetti } = await import("canvas-confetti");
  // its worker would be a blob, which the policy for content forbids
  const fire = confetti.create(undefined, { resize: true, useWorker: false });
  const shape = { particleCount: 70, spread: 65, startVelocity: 48, ticks: 160 };
  for (const [x, angle] of [
    [0.1, 60],
    [0.9, 120],
  ] as const) {
    void fire({ ...shape, angle, origin: { x, y: 0.9 }, disableForReducedMotion: true });
  }
}
