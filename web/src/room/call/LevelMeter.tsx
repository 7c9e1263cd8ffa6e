import { useEffect, useRef } from "react";

import { EVERY_MS, meter } from "../../call/levels";

/** Speech at a usual distance is around a tenth; the meter is full somewhat above it. */
const FULL = 0.25;

/** How loud a microphone is, so that one sees that it hears. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (track === null) return;
    const { level, stop } = meter(track);
    const timer = setInterval(() => {
      const share = Math.min(1, Math.sqrt(level() / FULL));
      const element = bar.current;
      if (element === null) return;
      element.style.transform = `scaleX(${share.toFixed(3)})`;
      element.dataset.level = share.toFixed(2);
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [track]);
  return (
    <div className="bg-base-300 h-1.5 overflow-hidden rounded-full" aria-hidden>
      <div
        ref={bar}
        className="bg-success h-full origin-left rounded-full transition-transform duration-100"
        style={{ transform: "scaleX(0)" }}
        data-testid="level"
        data-level="0"
      />
    </div>
  );
}
