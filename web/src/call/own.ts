import { Store } from "../collab/store";
import type { Switched } from "../collab/events";
import { DeviceError, type Input, NAMES, openInput, openScreen } from "./devices";
import type { Tracks } from "./link";

export interface OwnState {
  tracks: Tracks;
  on: Switched;
  /** Which are being opened: the browser may be asking the person. */
  opening: Switched;
  /** Why a device is not on, or is another than before, in words. */
  problems: Readonly<Record<keyof Switched, string | null>>;
}

const NONE = { mic: false, camera: false, screen: false };
const CLOSED: OwnState = {
  tracks: { mic: null, camera: null, sound: null, screen: null },
  on: NONE,
  opening: NONE,
  problems: { mic: null, camera: null, screen: null },
};

/**
 * This person's microphone, camera and screen. A camera that is off is closed, so that its light
 * is off too; a microphone stays open and sends silence, so that it is on again without a pause.
 */
export class Own {
  readonly store = new Store<OwnState>(CLOSED);
  private closed = 0; // counts; what is opened across a change of it is not wanted any more

  async turnOn(kind: keyof Switched): Promise<void> {
    const { tracks, opening } = this.store.get();
    if (opening[kind]) return;
    if (kind === "mic" && tracks.mic !== null) {
      tracks.mic.enabled = true;
      this.put("mic", tracks.mic, null); return;
    }
    await this.open(kind);
  }

  turnOff(kind: keyof Switched): void {
    const { tracks } = this.store.get();
    if (kind === "mic") {
      if (tracks.mic !== null) tracks.mic.enabled = false;
      this.set({ on: { mic: false } });
    } else this.shut(kind);
  }

  /** Opens a device anew, after another was chosen; it is on afterwards if it was before. */
  async reopen(kind: Input): Promise<void> {
    const { on, tracks } = this.store.get();
    if (tracks[kind] === null) return;
    const wasOn = on[kind];
    await this.open(kind);
    if (!wasOn) this.turnOff(kind);
  }

  /** Closes everything; nothing that is being opened comes any more. */
  close(): void {
    this.closed += 1;
    for (const kind of ["mic", "camera", "screen"] as const) this.shut(kind);
    this.store.set({ problems: CLOSED.problems, opening: NONE });
  }

  /** The person has read what was wrong. */
  forget(kind: keyof Switched): void {
    this.set({ problems: { [kind]: null } });
  }

  private async open(kind: keyof Switched, before: string | null = null): Promise<void> {
    const { closed } = this;
    this.set({ opening: { [kind]: true } });
    try {
      if (kind === "screen") await this.share(closed);
      else {
        const track = await openInput(kind);
        if (closed === this.closed) this.put(kind, track, before);
        else track.stop();
      }
    } catch (error) {
      if (closed !== this.closed) return;
      const problem = error instanceof DeviceError ? error.message : `Your ${kind} cannot be opened.`;
      this.set({ problems: { [kind]: before === null ? problem : `${before} ${problem}` } });
    } finally {
      this.set({ opening: { [kind]: false } });
    }
  }

  private async share(closed: number): Promise<void> {
    const stream = await openScreen();
    const [track] = stream?.getVideoTracks() ?? [];
    if (stream === null || track === undefined) return;
    if (closed !== this.closed) { stream.getTracks().forEach((each) => each.stop()); return; }
    this.set({ tracks: { sound: stream.getAudioTracks()[0] ?? null } });
    this.put("screen", track, null);
  }

  private put(kind: keyof Switched, track: MediaStreamTrack, note: string | null): void {
    const before = this.store.get().tracks[kind];
    if (before !== track) {
      track.onended = () => void this.ended(kind);
      if (before !== null) {
        before.onended = null;
        before.stop();
      }
    }
    this.set({ tracks: { [kind]: track }, on: { [kind]: true }, problems: { [kind]: note } });
  }

  /** Unplugged, taken away by the browser, or ended beside the page. */
  private async ended(kind: keyof Switched): Promise<void> {
    const wasOn = this.store.get().on[kind];
    this.shut(kind);
    if (kind === "screen") return;
    const lost = `Your ${NAMES[kind]} is gone.`;
    this.set({ problems: { [kind]: lost } });
    if (!wasOn) return;
    await this.open(kind, lost);
    const { label } = this.store.get().tracks[kind] ?? {};
    if (label) this.set({ problems: { [kind]: `${lost} ${label} is used instead.` } });
  }

  private shut(kind: keyof Switched): void {
    const { tracks } = this.store.get();
    for (const each of kind === "screen" ? (["screen", "sound"] as const) : ([kind] as const)) {
      const track = tracks[each];
      if (track === null) continue;
      track.onended = null;
      track.stop();
      this.set({ tracks: { [each]: null } });
    }
    this.set({ on: { [kind]: false } });
  }

  private set(changes: {
    tracks?: Partial<Tracks>;
    on?: Partial<Switched>;
    opening?: Partial<Switched>;
    problems?: Partial<OwnState["problems"]>;
  }): void {
    const before = this.store.get();
    this.store.set({
      tracks: { ...before.tracks, ...changes.tracks },
      on: { ...before.on, ...changes.on },
      opening: { ...before.opening, ...changes.opening },
      problems: { ...before.problems, ...changes.problems },
    });
  }
}
