import { chosen } from "./devices";
import { Store } from "../collab/store";

/** What browsers take for somebody being at the page. */
const GESTURES = ["click", "keydown"] as const;

/**
 * What is heard of others. It is played beside the page's panes, which may be folded away or laid
 * out anew while a call goes on.
 */
export class Playback {
  /** Whether the browser wants a click or a key before it plays anything: the next one does. */
  readonly store = new Store({ blocked: false });
  private readonly players = new Map<string, HTMLAudioElement>();

  /** Plays these streams and no others; each is heard only while `audible`. */
  play(all: readonly { id: string; stream: MediaStream; audible: boolean }[]): void {
    // Chromium never plays a stream that was empty when it was handed over
    const sounds = all.filter(({ stream }) => stream.getTracks().length > 0);
    const wanted = new Set(sounds.map(({ id }) => id));
    for (const id of [...this.players.keys()]) if (!wanted.has(id)) this.stop(id);
    for (const { id, stream, audible } of sounds) {
      const player = this.players.get(id) ?? this.start(id);
      if (player.srcObject !== stream) player.srcObject = stream;
      player.muted = !audible;
      if (audible && player.paused) void this.resume(player);
    }
  }

  /** Another speaker was chosen. */
  redirect(): void {
    for (const player of this.players.values()) void toSpeaker(player);
  }

  close(): void {
    for (const id of [...this.players.keys()]) this.stop(id);
    this.block(false);
  }

  private start(id: string): HTMLAudioElement {
    const player = new Audio();
    player.muted = true;
    this.players.set(id, player);
    void toSpeaker(player);
    return player;
  }

  private stop(id: string): void {
    const player = this.players.get(id);
    if (player === undefined) return;
    this.players.delete(id);
    player.pause();
    player.srcObject = null;
  }

  private async resume(player: HTMLAudioElement): Promise<void> {
    try {
      await player.play();
    } catch (error) {
      // one that was stopped or given another stream meanwhile ends with an AbortError instead
      if (error instanceof DOMException && error.name === "NotAllowedError") {
        this.block(true);
      }
    }
  }

  private block(blocked: boolean): void {
    this.store.set({ blocked });
    for (const gesture of GESTURES) {
      if (blocked) window.addEventListener(gesture, this.unblock);
      else window.removeEventListener(gesture, this.unblock);
    }
  }

  private readonly unblock = (): void => {
    this.block(false);
    for (const player of this.players.values()) if (!player.muted) void this.resume(player);
  };
}

async function toSpeaker(player: HTMLAudioElement): Promise<void> {
  const { setSinkId } = player as Partial<HTMLAudioElement>;
  const id = chosen("speaker");
  if (setSinkId === undefined || id === null) return;
  try {
    await setSinkId.call(player, id);
  } catch {
    // not plugged in any more: the one the system has chosen plays
  }
}
