import type { Recording } from "../collab/events";
import { Store } from "../collab/store";
import type { Call } from "./call";
import type { Member } from "./members";
import { endingOf, Recorder, recordingType, type Source } from "./recorder";
import { chooseSink, type Sink } from "./sink";

export interface RecordingState {
  /** What this page does: "asked" waits for everybody's consent. */
  phase: "idle" | "asked" | "on" | "saving";
  /** What went wrong, or how it ended, in words. */
  note: string | null;
}

/** The host's page records the call, as soon and as long as the room's recording is on. */
export class HostRecording {
  readonly store = new Store<RecordingState>({ phase: "idle", note: null });
  private sink: Sink | null = null;
  private type = "";
  private recorder: Recorder | null = null;
  private before: Recording | null = null; // the room's, as it was when this page asked

  constructor(private readonly call: Call) {
    call.connection.store.subscribe(() => this.onRoom());
    call.store.subscribe(() => this.refresh());
  }

  /** Chooses the file, then asks everybody. To be called by a click. */
  async ask(): Promise<void> {
    const type = recordingType();
    if (type === null) {
      this.store.set({ note: "This browser cannot record. Use a current Chrome, Edge or Firefox." }); return;
    }
    const sink = await chooseSink(fileName(new Date(), endingOf(type)), type);
    if (sink === null) return;
    this.sink = sink;
    this.type = type;
    this.before = this.call.connection.store.get().recording;
    this.store.set({ phase: "asked", note: null });
    if (!this.call.connection.send({ type: "recording.ask" })) {
      this.store.set({ phase: "idle", note: "You are not connected: try again in a moment." });
      void this.discard();
    }
  }

  stop(): void {
    this.call.connection.send({ type: "recording.stop" });
    if (this.recorder !== null) void this.finish(null);
    else {
      this.store.set({ phase: "idle" });
      void this.discard();
    }
  }

  readNote(): void {
    this.store.set({ note: null });
  }

  private onRoom(): void {
    const { recording, you, phase: room } = this.call.connection.store.get();
    const { phase } = this.store.get();
    if (recording === null || phase === "idle" || phase === "saving") return;
    if (phase === "asked" && recording === this.before) return; // not heard of yet
    const mine = recording.by?._id === you?._id;
    if (phase === "asked" && mine && recording.state === "on") this.begin();
    else if (phase === "asked" && recording.state === "off") {
      this.store.set({ phase: "idle", note: refusal(recording) });
      void this.discard();
    } else if (phase === "on") {
      const over = recording.state === "off" || room === "ended" || room === "refused";
      if (over) void this.finish(refusal(recording) ?? "The recording has ended.");
      else this.refresh();
    }
  }

  /** Nothing records any more, so nobody should see the sign until the server misses the page. */
  private readonly onGone = () => this.call.connection.send({ type: "recording.stop" });

  private async discard(): Promise<void> {
    const { sink } = this;
    this.sink = null;
    await sink?.discard().catch(() => undefined); // an empty file stays at worst
  }

  private begin(): void {
    if (this.sink === null) return;
    try {
      const failed = () => this.fail("The recording cannot be written: is the disk full?");
      this.recorder = new Recorder(this.sink, this.type, failed);
    } catch (error) {
      return this.fail(error instanceof Error ? error.message : "The recording could not start.");
    }
    this.store.set({ phase: "on", note: null });
    window.addEventListener("beforeunload", warn);
    window.addEventListener("pagehide", this.onGone);
    this.refresh();
  }

  private refresh(): void {
    this.recorder?.record(sources(this.call, this.call.store.get().members));
  }

  private fail(note: string): void {
    this.call.connection.send({ type: "recording.stop" });
    void this.finish(note);
  }

  private async finish(note: string | null): Promise<void> {
    const { recorder, sink } = this;
    this.recorder = this.sink = null;
    this.store.set({ phase: "saving", note });
    let saved = "The recording is saved.";
    try {
      await recorder?.stop();
      await sink?.close();
    } catch {
      saved = "The recording could not be saved.";
    }
    window.removeEventListener("beforeunload", warn);
    window.removeEventListener("pagehide", this.onGone);
    this.store.set({ phase: "idle", note: note === null ? saved : `${note} ${saved}` });
  }
}

/** Closing the page would lose the file. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function refusal({ refusedBy }: Recording): string | null {
  return refusedBy === null ? null : `${refusedBy.name} does not agree to be recorded.`;
}

/** Who has agreed, with what they have on. */
function sources(call: Call, members: readonly Member[]): Source[] {
  const { recording } = call.connection.store.get();
  const agreed = new Set(recording?.people.filter((each) => each.agreed).map(({ _id }) => _id));
  const own = call.own.store.get().tracks;
  return members
    .filter(({ person, own: mine }) => mine || agreed.has(person._id))
    .filter(({ person }) => person.speaks)
    .map(({ key, person, own: mine, link, mic, camera, screen }) => {
      const received = link?.received;
      const of = (kind: "mic" | "camera" | "sound" | "screen", on: boolean) =>
        on ? (mine ? own[kind] : (received?.[kind].getTracks()[0] ?? null)) : null;
      return {
        key,
        name: person.name,
        mic: of("mic", mic),
        sound: of("sound", screen),
        camera: of("camera", camera),
        screen: of("screen", screen),
      };
    });
}

/** As `interview-2026-11-26-14-05.webm`. */
export function fileName(at: Date, ending: string): string {
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes()];
  return `interview-${parts.map((part) => String(part).padStart(2, "0")).join("-")}.${ending}`;
}

const recordings = new WeakMap<Call, HostRecording>();

export function recordingOf(call: Call): HostRecording {
  const known = recordings.get(call) ?? new HostRecording(call);
  recordings.set(call, known);
  return known;
}
