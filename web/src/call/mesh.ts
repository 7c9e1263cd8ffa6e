import { Link, NOTHING, type Signal, type Tracks } from "./link";

/** How long somebody who is missing from the roster may come back, in milliseconds: a server
 * restarts in less. */
const GONE_MS = 15_000;

/** Signals of pages the roster does not tell of yet: so many pages, so many of each. */
const EARLY = 100;

export interface Other {
  key: string;
  /** Whether this page may be seen and heard. */
  speaks: boolean;
}

export interface MeshOptions {
  key: string;
  servers: () => Promise<RTCIceServer[]>;
  send: (to: string, signal: Signal) => void;
  /** The links are others, or one of them is connected in another way. */
  changed: () => void;
}

/** The links of this page to all others in the call: one to each. */
export class Mesh {
  readonly links = new Map<string, Link>();
  private readonly leaving = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly early = new Map<string, Signal[]>();
  private tracks: Tracks = NOTHING;
  private others = new Map<string, Other>();
  private speaks = false;

  constructor(private readonly options: MeshOptions) {}

  /** Who else is in the call now, and whether this page may be seen and heard. */
  update(others: readonly Other[], speaks: boolean): void {
    // two who only watch have nothing to tell each other
    const wanted = others.filter((other) => speaks || other.speaks);
    this.others = new Map(wanted.map((other) => [other.key, other]));
    this.speaks = speaks;
    for (const other of wanted) {
      this.comesBack(other.key);
      const link = this.links.get(other.key);
      if (link === undefined) this.connect(other);
      else link.allow(speaks, other.speaks);
    }
    for (const key of [...this.links.keys()]) if (!this.others.has(key)) this.dropLater(key);
    this.use(this.tracks);
    this.options.changed();
  }

  use(tracks: Tracks): void {
    this.tracks = tracks;
    for (const link of this.links.values()) link.use(tracks, this.links.size);
  }

  take(from: string, signal: Signal): void {
    let link = this.links.get(from);
    if (link === undefined) return this.keep(from, signal);
    if (link.isOutlivedBy(signal)) {
      // the other page made its end anew, so this one leads nowhere
      const other = this.others.get(from);
      link.close();
      this.links.delete(from);
      if (other === undefined) return;
      link = this.connect(other);
    }
    link.take(signal);
  }

  /** The network has changed (`all`), or signals may have been lost: looks for a way anew. */
  restart(all: boolean): void {
    for (const link of this.links.values()) if (all || !link.settled) link.restart();
  }

  close(): void {
    for (const timer of this.leaving.values()) clearTimeout(timer);
    for (const link of this.links.values()) link.close();
    this.links.clear();
  }

  /** The roster that tells of a page may be a moment behind the page's first signal. */
  private keep(from: string, signal: Signal): void {
    const waiting = this.early.get(from) ?? [];
    if (this.early.size < EARLY && waiting.length < EARLY) this.early.set(from, [...waiting, signal]);
  }

  private connect({ key, speaks }: Other): Link {
    const link = new Link({
      offers: this.options.key > key,
      servers: this.options.servers,
      send: (signal) => this.options.send(key, signal),
      changed: () => this.onChange(key),
      gone: () => this.drop(key, link),
    });
    this.links.set(key, link);
    link.allow(this.speaks, speaks);
    link.use(this.tracks, this.links.size);
    for (const signal of this.early.get(key) ?? []) link.take(signal);
    this.early.delete(key);
    return link;
  }

  /** Who is missing from the roster and cannot be reached either has gone. */
  private onChange(key: string): void {
    const link = this.links.get(key);
    if (link !== undefined && this.leaving.has(key) && link.state !== "connected") {
      this.drop(key, link);
    } else this.options.changed();
  }

  private comesBack(key: string): void {
    clearTimeout(this.leaving.get(key));
    this.leaving.delete(key);
  }

  private dropLater(key: string): void {
    const link = this.links.get(key);
    if (link === undefined || this.leaving.has(key)) return;
    if (link.state !== "connected") return this.drop(key, link);
    this.leaving.set(key, setTimeout(() => this.drop(key, link), GONE_MS));
  }

  private drop(key: string, link: Link): void {
    this.comesBack(key);
    link.close();
    if (this.links.get(key) === link) this.links.delete(key);
    this.options.changed();
    // still in the roster: it closed its end, and makes another
    const other = this.others.get(key);
    if (other !== undefined && !this.links.has(key)) this.connect(other);
  }
}
