import type { RoomConnection } from "../collab/connection";
import type { Person, ServerEvent, Switched } from "../collab/events";
import { Store } from "../collab/store";
import { consentWanted, speaksIn } from "./consent";
import { canCall, canOpen, type DeviceKind, choose } from "./devices";
import { iceServersOf } from "./ice";
import { EVERY_MS, type Meter, meter, Speaking } from "./levels";
import { type Member, Members } from "./members";
import { Mesh } from "./mesh";
import { Own } from "./own";
import { Playback } from "./playback";
import { forget, remember, remembered } from "./reload";

export interface CallState {
  /** "checking": this person looks at their devices before they join. */
  phase: "out" | "checking" | "joining" | "in";
  /** Why the server did not let this page in, or put it out. */
  refusal: string | null;
  /** What has happened to this person by the host, until they have read it. */
  notice: string | null;
  members: readonly Member[];
  /** Keys of those who speak right now. */
  speaking: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();
const OUT: CallState = {
  phase: "out",
  refusal: null,
  notice: null,
  members: [],
  speaking: NOBODY,
};

/** Codes for which there is no place in the call, or not yet. */
const OUT_CODES: ReadonlySet<string> = new Set(["call_full", "recording_consent"]);
/** Those that are no news: a link tries again by itself, and who has left is seen to have. */
const QUIET_CODES: ReadonlySet<string> = new Set(["no_such_member", "call_too_fast"]);

/** How long what was refused for haste is kept back, in milliseconds. */
const HASTE_MS = 1_000;

/** This page's part in the call of a room: its devices, and its links to all others. */
export class Call {
  readonly store = new Store<CallState>(OUT);
  readonly own = new Own();
  readonly playback = new Playback();
  private key = "";
  private mesh: Mesh | null = null;
  private members = new Members();
  private agreed = false;
  private spoke: boolean | null = null; // what `speaks` was before
  private told: Switched | null = null; // what the server was told last
  private unsubscribe: (() => void)[] = [];
  private meter: { of: MediaStreamTrack; meter: Meter } | null = null;
  private readonly askServers: () => Promise<RTCIceServer[]>;
  private readonly sessionId: string;

  constructor(readonly connection: RoomConnection) {
    this.sessionId = connection.sessionId;
    this.askServers = iceServersOf(this.sessionId);
    connection.store.subscribe(() => this.onRoom());
  }

  /** Whether this person may be seen and heard. */
  get speaks(): boolean {
    return speaksIn(this.connection.store.get());
  }

  /** After the page was loaded again, in a call: goes on where it was. */
  async resume(): Promise<void> {
    const before = remembered(this.sessionId);
    const { phase } = this.store.get();
    if (before === null || phase !== "out" || !canCall()) return;
    const asked = consentWanted(this.connection.store.get());
    this.store.set({ phase: asked ? "checking" : "joining" });
    await Promise.all([
      before.mic && this.speaks && this.own.turnOn("mic"),
      before.camera && this.speaks && this.own.turnOn("camera"),
    ]);
    if (this.store.get().phase === "joining") this.join(false);
  }

  /** Opens microphone and camera, so that this person sees and hears themselves first. */
  async check(): Promise<void> {
    this.store.set({ phase: "checking", refusal: null });
    if (!canOpen()) return;
    // one after the other: the browser asks for each
    await this.own.turnOn("mic");
    if (this.store.get().phase === "checking") await this.own.turnOn("camera");
  }

  cancel(): void {
    if (this.store.get().phase !== "checking") return;
    this.own.close();
    forget(this.sessionId);
    this.store.set({ phase: "out" });
  }

  /** Joins with what is on now. `agree`: to being recorded, where that is going on. */
  join(agree: boolean): void {
    this.agreed ||= agree;
    this.key = crypto.randomUUID();
    this.mesh = new Mesh({
      key: this.key,
      servers: this.askServers,
      send: (to, data) => void this.connection.send({ type: "signal", to, data }),
      changed: () => this.show(),
    });
    const hear = (event: ServerEvent) => this.hear(event);
    this.connection.listeners.add(hear);
    this.connection.refused = (code) => OUT_CODES.has(code) || QUIET_CODES.has(code);
    const network = () => this.mesh?.restart(true);
    window.addEventListener("online", network);
    const levels = setInterval(() => this.listen(), EVERY_MS);
    this.unsubscribe = [
      () => this.connection.listeners.delete(hear),
      () => (this.connection.refused = null),
      () => window.removeEventListener("online", network),
      () => clearInterval(levels),
      this.own.store.subscribe(() => this.onOwn()),
    ];
    this.spoke = this.speaks;
    this.store.set({ phase: "joining", refusal: null });
    this.mesh.use(this.own.store.get().tracks);
    this.enter();
  }

  /** `refusal`: why, when it was not this person who wanted it. */
  leave(refusal: string | null = null): void {
    if (this.mesh !== null) this.connection.send({ type: "call.leave" });
    for (const end of this.unsubscribe) end();
    this.unsubscribe = [];
    this.mesh?.close();
    this.mesh = null;
    this.members = new Members();
    this.playback.close();
    this.own.close();
    this.measure(null);
    this.agreed = false;
    this.told = null;
    forget(this.sessionId);
    this.store.set({ ...OUT, refusal });
  }

  async toggle(kind: keyof Switched): Promise<void> {
    if (!this.speaks) return;
    if (this.own.store.get().on[kind]) this.own.turnOff(kind);
    else await this.own.turnOn(kind);
  }

  async use(kind: DeviceKind, id: string): Promise<void> {
    choose(kind, id);
    if (kind === "speaker") this.playback.redirect();
    else await this.own.reopen(kind);
  }

  /** Answers whether this person agrees to be recorded. */
  answer(agree: boolean): void {
    const { recording, you } = this.connection.store.get();
    this.agreed = agree;
    if (recording?.people.some(({ _id }) => _id === you?._id)) {
      this.connection.send({ type: "recording.answer", agree });
    } else if (agree) this.enter(); // was let take part meanwhile
  }

  readNotice(): void {
    this.store.set({ notice: null });
  }

  /** Says that this page is in the call: at first, and whenever the server may not know any more. */
  private enter(): void {
    const { on } = this.own.store.get();
    this.told = this.speaks ? on : { mic: false, camera: false, screen: false };
    this.connection.send({ type: "call.join", key: this.key, ...this.told, agree: this.agreed });
  }

  private hear(event: ServerEvent): void {
    if (event.type === "signal") this.mesh?.take(event.from, event.data);
    else if (event.type === "hello") {
      this.enter();
      this.mesh?.restart(false);
    } else if (event.type === "call.muted" && event.key === this.key) {
      this.own.turnOff("mic");
      this.store.set({ notice: `${event.by.name} muted you. You can turn your microphone on again.` });
    } else if (event.type === "error") this.refused(event.code, event.message);
  }

  private refused(code: string, message: string): void {
    // an error names no event: while this page waits to be let in, it is about that
    if (code === "call_too_fast") {
      this.told = null;
      setTimeout(() => this.onOwn(), HASTE_MS);
    } else if (OUT_CODES.has(code)) this.leave(message);
    else if (this.store.get().phase === "joining" && !QUIET_CODES.has(code)) this.leave(message);
  }

  private onRoom(): void {
    const { phase, recording } = this.connection.store.get();
    if (recording?.state === "off") this.agreed = false;
    if (this.mesh === null) return;
    if (phase === "ended" || phase === "refused") return this.leave();
    this.settle();
  }

  private onOwn(): void {
    if (this.mesh === null) return;
    const { tracks, on } = this.own.store.get();
    this.mesh.use(tracks);
    const news = this.told === null || !same(this.told, on);
    if (news && this.speaks && this.connection.send({ type: "call.state", ...on })) this.told = on;
    if (on.mic && this.store.get().notice !== null) this.readNotice();
    if (this.store.get().phase === "in") remember(this.sessionId, on);
    this.show();
  }

  /** The roster is another. */
  private settle(): void {
    const { people, role } = this.connection.store.get();
    const { speaks } = this;
    if (this.spoke !== null && this.spoke !== speaks && role === "spectator") {
      this.spoke = speaks;
      if (!speaks) this.own.close();
      this.store.set({
        notice: speaks
          ? "You may take part now: turn your microphone or camera on to be heard and seen."
          : "The host has you watch and listen again; your microphone and camera are off.",
      });
    }
    const others = people.flatMap((person) =>
      person.call
        .filter(({ key }) => key !== this.key)
        .map(({ key }) => ({ key, speaks: person.speaks })),
    );
    if (this.store.get().phase === "joining" && isIn(people, this.key)) {
      this.store.set({ phase: "in" });
      remember(this.sessionId, this.own.store.get().on);
    }
    this.mesh?.update(others, speaks);
  }

  private show(): void {
    const { mesh, key } = this;
    if (mesh === null) return;
    const { people } = this.connection.store.get();
    const { on } = this.own.store.get();
    const members = this.members.list({ people, links: mesh.links, key, on });
    this.store.set({ members });
    this.playback.play(
      members.flatMap(({ key: id, link, mic, screen }) =>
        link === null
          ? []
          : [
              { id: `${id} mic`, stream: link.received.mic, audible: mic },
              { id: `${id} sound`, stream: link.received.sound, audible: screen },
            ],
      ),
    );
  }

  private readonly voices = new Speaking();

  /** Who speaks right now. */
  private listen(): void {
    const { tracks, on } = this.own.store.get();
    this.measure(on.mic ? tracks.mic : null);
    const at = performance.now();
    const before = this.store.get();
    const speaking = before.members.filter(({ key, own, mic, link }) => {
      const level = own ? this.meter?.meter.level() : link?.level;
      return this.voices.hear(key, mic ? (level ?? 0) : 0, at) && mic;
    });
    const now = new Set(speaking.map(({ key }) => key));
    const changed = now.size !== before.speaking.size || [...now].some((key) => !before.speaking.has(key));
    if (changed) this.store.set({ speaking: now });
  }

  private measure(track: MediaStreamTrack | null): void {
    if (this.meter?.of === track) return;
    this.meter?.meter.stop();
    this.meter = track === null ? null : { of: track, meter: meter(track) };
  }
}

const same = (a: Switched, b: Switched): boolean =>
  a.mic === b.mic && a.camera === b.camera && a.screen === b.screen;

const isIn = (people: readonly Person[], key: string): boolean =>
  people.some(({ call }) => call.some((member) => member.key === key));

const calls = new WeakMap<RoomConnection, Call>();

/** The call of a room: one for a page, whatever is shown of it. */
export function callOf(connection: RoomConnection): Call {
  const known = calls.get(connection) ?? new Call(connection);
  calls.set(connection, known);
  return known;
}
