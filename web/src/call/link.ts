/** What goes from one page to another, in the fixed order of a link's transceivers. */
export const KINDS = ["mic", "camera", "sound", "screen"] as const;
/** `sound` is what a shared tab or window plays. */
export type Kind = (typeof KINDS)[number];
export type Tracks = Readonly<Record<Kind, MediaStreamTrack | null>>;

export const NOTHING: Tracks = { mic: null, camera: null, sound: null, screen: null };

const isAudio = (kind: Kind): boolean => kind === "mic" || kind === "sound";

/** Bits a second for one picture; each goes out once for each of the others. */
const CAMERA_BITS = 900_000;
const SCREEN_BITS = 1_800_000;

/** What a link that does not come about, or is not agreed on, waits before it tries anew, in
 * milliseconds. */
const FIRST_PATIENCE_MS = 6_000;
const LONGEST_PATIENCE_MS = 30_000;
/** A connection that is interrupted may come back by itself within this. */
const INTERRUPTED_MS = 3_000;

/**
 * What two pages tell each other to get connected. `link` counts the ends a page has made, so that
 * one made anew is recognised; `answers` the number of the offer that is answered, as one
 * to an earlier offer is worth nothing.
 */
export interface Signal {
  link: number;
  description?: RTCSessionDescriptionInit;
  offer?: number;
  answers?: number;
  candidate?: RTCIceCandidateInit | null;
  /** Asks the end that offers to do so; true: by another way through the network (ICE restart). */
  restart?: boolean;
}

let made = 0;

export interface LinkOptions {
  /** Whether this is the end that offers; the other one answers, and asks for an offer. */
  offers: boolean;
  servers: () => Promise<RTCIceServer[]>;
  send: (signal: Signal) => void;
  /** What it receives, or how it is connected, is another. */
  changed: () => void;
  /** The other page has closed its end. */
  gone: () => void;
}

/**
 * The connection to one other page.
 *
 * One end makes the transceivers and all offers; the other asks for one where something changed. So
 * two offers never meet, as they may in perfect negotiation (W3C WebRTC 1.0, section 10.7), whose
 * polite end then takes its own back: after that Chromium (150) brings no picture any more, in
 * neither direction. Switching a device replaces a track and negotiates nothing. Signals may be lost
 * at any moment, with the room's socket: what is not settled then is offered anew.
 */
export class Link {
  private readonly id = ++made;
  /** One stream a kind, there from the first. */
  readonly received: Readonly<Record<Kind, MediaStream>> = {
    mic: new MediaStream(),
    camera: new MediaStream(),
    sound: new MediaStream(),
    screen: new MediaStream(),
  };
  private readonly pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  private readonly slots = new Map<Kind, RTCRtpTransceiver>();
  private remote = 0;
  private tracks: Tracks = NOTHING;
  private crowd = 1;
  private sends = false;
  private receives = false;
  private offers = 0;
  private asking = false;
  private work: Promise<void> = Promise.resolve();
  private patience = FIRST_PATIENCE_MS;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LinkOptions) {
    const { pc } = this;
    pc.onicecandidate = ({ candidate }) => this.say({ candidate: candidate?.toJSON() ?? null });
    pc.onnegotiationneeded = () => {
      this.wait(this.patience);
      this.then(() => this.negotiate(false));
    };
    pc.onconnectionstatechange = () => this.onState();
    // nothing is sent on it: it closes at once with the other end, which media alone would not
    const alive = pc.createDataChannel("alive", { negotiated: true, id: 0 });
    alive.onclose = () => {
      if (pc.signalingState !== "closed") options.gone();
    };
    this.then(() => this.begin());
    this.wait(this.patience);
  }

  get state(): RTCPeerConnectionState {
    return this.pc.connectionState;
  }

  /** Whether it is connected, and both ends agree on what goes over it. */
  get settled(): boolean {
    return this.state === "connected" && this.pc.signalingState === "stable" && !this.asking;
  }

  /** How loud what comes from the other's microphone is right now, from 0 to 1. */
  get level(): number {
    return this.slots.get("mic")?.receiver.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** Whether a signal comes from a later end than the one this link leads to. */
  isOutlivedBy({ link }: Signal): boolean {
    return link > this.remote && this.pc.remoteDescription !== null;
  }

  /** Whether each of the two may be seen and heard by the other. */
  allow(sends: boolean, receives: boolean): void {
    if (sends === this.sends && receives === this.receives) return;
    this.sends = sends;
    this.receives = receives;
    this.then(() => this.direct());
  }

  /** `crowd`: how many others get the same. */
  use(tracks: Tracks, crowd: number): void {
    this.tracks = tracks;
    this.crowd = crowd;
    this.then(() => this.attach());
  }

  take(signal: Signal): void {
    if (signal.link < this.remote) return; // was on its way when that end was closed
    this.remote = signal.link;
    this.then(() => this.handle(signal));
  }

  /** Looks for another way to the other page: the network has changed, or signals were lost. */
  restart(): void {
    this.wait(this.patience);
    this.then(async () => {
      this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers: await this.servers() });
      await this.negotiate(true);
    });
  }

  close(): void {
    clearTimeout(this.watchdog);
    this.pc.close();
  }

  private get direction(): RTCRtpTransceiverDirection {
    if (this.sends) return this.receives ? "sendrecv" : "sendonly";
    return this.receives ? "recvonly" : "inactive";
  }

  private servers(): Promise<RTCIceServer[]> {
    return this.options.servers();
  }

  private say(signal: Omit<Signal, "link">): void {
    this.options.send({ link: this.id, ...signal });
  }

  /** One step after the other: each finds the connection as the one before has left it. */
  private then(step: () => Promise<void> | void): void {
    const run = async () => {
      if (this.pc.signalingState !== "closed") await step();
    };
    // what fails leaves the link unconnected or as it was; the watchdog sees to the former
    this.work = this.work.then(run).catch(() => undefined);
  }

  private async begin(): Promise<void> {
    this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers: await this.servers() });
    if (!this.options.offers) return;
    for (const kind of KINDS) {
      const { direction } = this;
      this.pc.addTransceiver(isAudio(kind) ? "audio" : "video", { direction });
    }
    await this.adopt();
  }

  private async negotiate(iceRestart: boolean): Promise<void> {
    if (this.options.offers) return this.offer(iceRestart);
    if (!iceRestart && this.pc.remoteDescription === null) return; // the first comes by itself
    this.asking = true;
    this.say({ restart: iceRestart });
  }

  private async offer(iceRestart: boolean): Promise<void> {
    const { pc } = this;
    // what is needed is in the answer, or is found to be needed again after it
    if (!iceRestart && pc.signalingState !== "stable") return;
    await pc.setLocalDescription(await pc.createOffer({ iceRestart }));
    this.offers += 1;
    this.say({ ...this.description, offer: this.offers });
  }

  private get description(): Pick<Signal, "description"> {
    const { localDescription } = this.pc;
    return localDescription === null ? {} : { description: localDescription.toJSON() };
  }

  private async handle({ description, offer, answers, candidate, restart }: Signal): Promise<void> {
    if (restart !== undefined) {
      if (!this.options.offers) return;
      this.wait(this.patience);
      return this.offer(restart);
    }
    if (description?.type === "offer") return this.offered(description, offer);
    if (description !== undefined) {
      if (this.pc.signalingState !== "have-local-offer" || answers !== this.offers) return;
      await this.pc.setRemoteDescription(description);
      return this.tune();
    }
    if (candidate === undefined) return;
    await this.pc.addIceCandidate(candidate ?? undefined);
  }

  private async offered(description: RTCSessionDescriptionInit, number?: number): Promise<void> {
    const { pc } = this;
    if (this.options.offers) return;
    this.asking = false;
    await pc.setRemoteDescription(description);
    await this.adopt();
    await pc.setLocalDescription();
    this.say({ ...this.description, ...(number !== undefined && { answers: number }) });
    await this.tune();
  }

  /** Takes what the transceivers receive, and puts into them what is to be sent. */
  private async adopt(): Promise<void> {
    this.pc.getTransceivers().forEach((transceiver, index) => {
      const kind = KINDS[index];
      if (kind === undefined || this.slots.has(kind)) return;
      this.slots.set(kind, transceiver);
      this.received[kind].addTrack(transceiver.receiver.track);
    });
    await this.direct();
    this.options.changed();
  }

  private async direct(): Promise<void> {
    for (const transceiver of this.slots.values()) {
      if (transceiver.direction !== this.direction) transceiver.direction = this.direction;
    }
    await this.attach();
  }

  private async attach(): Promise<void> {
    for (const [kind, { sender }] of this.slots) {
      const track = this.sends ? this.tracks[kind] : null;
      if (sender.track !== track) await sender.replaceTrack(track);
    }
    await this.tune();
  }

  /** Shares what a home sends among all who get it. Needs a negotiated connection. */
  private async tune(): Promise<void> {
    if (this.pc.remoteDescription === null) return;
    for (const [kind, { sender }] of this.slots) {
      if (isAudio(kind)) continue;
      const parameters = sender.getParameters();
      const [encoding] = parameters.encodings;
      const most = kind === "camera" ? CAMERA_BITS / Math.max(1, this.crowd / 2) : SCREEN_BITS;
      if (encoding === undefined || encoding.maxBitrate === most) continue;
      encoding.maxBitrate = most;
      await sender.setParameters(parameters);
    }
  }

  private onState(): void {
    switch (this.pc.connectionState) {
      case "connected":
        this.patience = FIRST_PATIENCE_MS;
        break;
      case "disconnected":
        this.wait(INTERRUPTED_MS);
        break;
      case "failed":
        this.restart();
        break;
    }
    this.options.changed();
  }

  private wait(milliseconds: number): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      if (this.settled) return;
      this.restart();
      this.patience = Math.min(2 * this.patience, LONGEST_PATIENCE_MS);
    }, milliseconds);
  }
}

/** What a link brings. */
export type Incoming = Pick<Link, "state" | "received" | "level">;
