import type { SaveTracker } from "./saved";

/** A WebSocket class that tells `tracker` of every connection and of every message sent on it. */
export function trackedSocket(tracker: SaveTracker, base: typeof WebSocket): typeof WebSocket {
  return class extends base {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      tracker.opened();
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      super.send(data);
      if (data instanceof Uint8Array) tracker.sending(data);
    }
  };
}
