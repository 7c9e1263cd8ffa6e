import { type LucideIcon, Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from "lucide-react";

import type { Switched } from "../../collab/events";
import { useCall, useOwn } from "./useCall";

type Kind = keyof Switched;

interface Look {
  on: LucideIcon;
  off: LucideIcon;
  turnOn: string;
  turnOff: string;
}

const LOOKS: Record<Kind, Look> = {
  mic: { on: Mic, off: MicOff, turnOn: "Turn your microphone on", turnOff: "Mute yourself" },
  camera: { on: Video, off: VideoOff, turnOn: "Turn your camera on", turnOff: "Turn your camera off" },
  screen: { on: MonitorX, off: MonitorUp, turnOn: "Share your screen", turnOff: "Stop sharing your screen" },
};

/** Turns one's microphone, camera or screen on and off. */
export function Switch({ kind }: { kind: Kind }) {
  const call = useCall();
  const on = useOwn((state) => state.on[kind]);
  const opening = useOwn((state) => state.opening[kind]);
  const { on: On, off: Off, turnOn, turnOff } = LOOKS[kind];
  const title = on ? turnOff : turnOn;
  const Icon = on ? On : Off;
  // a closed microphone or camera is what one must notice, and so is a shared screen
  const noticed = kind === "screen" ? on : !on;
  const tint = !noticed ? "btn-quiet" : kind === "screen" ? "btn-primary" : "btn-quiet text-error";
  return (
    <button
      type="button"
      className={`btn btn-sm max-sm:btn-md btn-square ${tint}`}
      aria-label={title}
      title={title}
      aria-pressed={on}
      disabled={opening}
      data-testid={`switch-${kind}`}
      onClick={() => void call.toggle(kind)}
    >
      {opening ? (
        <span className="loading loading-spinner size-4" aria-hidden />
      ) : (
        <Icon className="size-4" aria-hidden />
      )}
    </button>
  );
}
