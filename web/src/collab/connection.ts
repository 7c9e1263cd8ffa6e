import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

import { ApiError, messageOf } from "../api/client";
import type { Role, Run, Runner, Session, SourceFile, Ticket } from "../api/types";
import { Backoff } from "./backoff";
import { type AskPage, Chat } from "./chat";
import { afterClose, CLOSE_CODES } from "./closeCodes";
import { fillDocument } from "./document";
import {
  type ClientEvent,
  decodeEvent,
  encodeEvent,
  EVENT_MESSAGE,
  type Person,
  type Recording,
  type ServerEvent,
} from "./events";
import { keepNames } from "./files";
import { Presence } from "./presence";
import { applyRunEvent } from "./runs";
import { SaveTracker } from "./saved";
import { trackedSocket } from "./socket";
import { Store } from "./store";

export type Phase = "connecting" | "connected" | "reconnecting" | "ended" | "refused";

export interface RoomState {
  phase: Phase;
  /** The server said that it restarts, so recently that people need not be told. */
  restarting: boolean;
  /** Why the server will not have us, when `phase` is "refused". */
  refusal: string | null;
  /** Whether that is because the host put this person out. */
  removed: boolean;
  /** Counts the documents used: another number means another `doc` and `awareness`. */
  generation: number;
  /** Whether the document has been loaded at least once. */
  loaded: boolean;
  /** Edits made here that the server has not called durable. */
  unsaved: boolean;
  degraded: { readOnly: boolean; message: string } | null;
  /** The servers do not hear each other: what people at others do may come later. */
  apart: boolean;
  role: Role | null;
  you: { _id: string; name: string } | null;
  session: Session | null;
  people: readonly Person[];
  runs: readonly Run[];
  runner: Runner | null;
  /** What carries calls here; null until the server has said so. */
  media: "builtin" | "stream" | "off" | null;
  recording: Recording | null;
  /** The latest thing that went wrong and has to be told once. */
  complaint: { message: string } | null;
}

const BEFORE_ANYTHING: RoomState = {
  phase: "connecting",
  restarting: false,
  refusal: null,
  removed: false,
  generation: 0,
  loaded: false,
  unsaved: false,
  degraded: null,
  apart: false,
  role: null,
  you: null,
  session: null,
  people: [],
  runs: [],
  runner: null,
  media: null,
  recording: null,
  complaint: null,
};

export interface Options {
  sessionId: string;
  /** Where the rooms are, as `ws://host/ws/rooms`. */
  roomsUrl: string;
  askTicket: () => Promise<Ticket>;
  /** Messages of the chat that were not told over the socket. */
  askChat?: AskPage;
  socketClass?: typeof WebSocket;
  /** How long the server may say nothing before the connection counts as dead. */
  silenceMs?: number;
}

/** The server gives a sign of life every 15 s; the provider itself would wait for 30. */
const SILENCE_MS = 20_000;

/** How long a restart may take before people are told: they are back well within it. */
const QUIET_MS = 2_000;

/**
 * One person's connection to one room, from the first ticket to the end of the session.
 *
 * The provider syncs; when and with which ticket it connects is decided here alone: its own
 * reconnecting is switched off at every close, because it would use the old ticket.
 */
export class RoomConnection {
  readonly store = new Store<RoomState>(BEFORE_ANYTHING);
  readonly chat: Chat;
  /** Who hears every event after it has been taken in; the call, which is loaded later. */
  readonly listeners = new Set<(event: ServerEvent) => void>();
  /** Whether the call sees to a refusal itself, by its code; null: there is none. */
  refused: ((code: string) => boolean) | null = null;
  doc!: Y.Doc;
  awareness!: Presence;

  private provider!: WebsocketProvider;
  private tracker!: SaveTracker;
  private readonly backoff = new Backoff();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private quiet: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0; // an attempt that finds another number here was given up meanwhile
  private newTicketTried = false;
  private epoch: string | null = null;
  private greeted = false; // the hello of the present connection is here
  private watch: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly options: Options) {
    const { askChat = () => Promise.resolve({ messages: [], more: false }) } = options;
    this.chat = new Chat((event) => this.send(event), askChat);
    this.makeDocument();
  }

  get sessionId(): string {
    return this.options.sessionId;
  }

  start(): void {
    const { silenceMs = SILENCE_MS } = this.options;
    this.watch ??= setInterval(() => {
      const { wsconnected, wsLastMessageReceived } = this.provider;
      if (wsconnected && Date.now() - wsLastMessageReceived > silenceMs) this.drop();
    }, silenceMs / 10);
    void this.attempt();
  }

  /** Leaves the room; `start` enters it again with the same document. */
  stop(): void {
    if (this.watch !== null) clearInterval(this.watch);
    this.watch = null;
    this.provider.disconnect();
    this.giveUp(); // after it, because closing makes the next attempt due
    this.endQuiet();
  }

  /** The network or the person is back: do not sit out the rest of the wait. */
  hurry(): void {
    if (this.timer !== null) void this.attempt();
  }

  /** The network is gone, or the server silent; the socket alone would notice much later. */
  drop(): void {
    if (this.provider.ws !== null) this.provider.disconnect();
  }

  /** Sends an event; false when there is no connection to send it on. */
  send(event: ClientEvent): boolean {
    const socket = this.provider.ws;
    if (socket?.readyState !== 1) return false;
    socket.send(encodeEvent(event));
    return true;
  }

  /** Resolves when nothing is unsaved any more, or after `milliseconds`, whichever is first. */
  settled(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      const unsubscribe = this.store.subscribe(() => {
        if (!this.store.get().unsaved) done();
      });
      if (!this.store.get().unsaved) done();
    });
  }

  /** After the end: shows the code as it was left, in the document that no longer syncs. */
  fill(files: readonly SourceFile[]): void {
    if (this.store.get().phase !== "ended" || this.store.get().loaded) return;
    fillDocument(this.doc, files);
    this.store.set({ loaded: true, unsaved: false });
  }

  private makeDocument(): void {
    this.doc = new Y.Doc();
    keepNames(this.doc);
    this.awareness = new Presence(this.doc);
    this.tracker = new SaveTracker();
    const { roomsUrl, sessionId, socketClass = WebSocket } = this.options;
    const provider = new WebsocketProvider(roomsUrl, sessionId, this.doc, {
      connect: false,
      disableBc: true,
      awareness: this.awareness,
      WebSocketPolyfill: trackedSocket(this.tracker, socketClass),
    });
    this.provider = provider;
    provider.messageHandlers[EVENT_MESSAGE] = (_encoder, decoder) => {
      if (provider === this.provider) this.hear(decodeEvent(decoder));
    };
    provider.on("sync", (synced) => {
      if (synced) this.onProgress();
    });
    provider.on("connection-close", (event) => {
      if (provider === this.provider) this.onClose(event?.code ?? null, event?.reason);
    });
    this.doc.on("update", (_update: Uint8Array, origin: unknown) => {
      const { phase } = this.store.get();
      if (origin === provider || phase === "ended") return;
      // The provider's own listener ran before this one: it sent the update if it could.
      if (!provider.wsconnected || provider.ws?.readyState !== 1) this.tracker.kept();
      this.noteSaved();
    });
  }

  private async attempt(): Promise<void> {
    this.giveUp();
    const mine = this.attempts;
    try {
      // A new one each time: tickets are short-lived, and asking by HTTP also finds out whether the
      // server is there; browsers delay WebSockets for seconds after a few that failed.
      const { ticket } = await this.options.askTicket();
      if (mine !== this.attempts) return;
      this.provider.params = { ticket, events: "1", ...(this.epoch && { epoch: this.epoch }) };
      this.provider.connect();
    } catch (error) {
      if (mine === this.attempts) this.onNoTicket(error);
    }
  }

  private giveUp(): void {
    this.attempts += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Another worker, or the same again, takes us in a moment; one that does not is a trouble. */
  private beginQuiet(): void {
    if (!this.store.get().loaded || this.store.get().restarting) return;
    this.store.set({ restarting: true });
    this.backoff.spread();
    this.quiet = setTimeout(() => this.endQuiet(), QUIET_MS);
  }

  private endQuiet(): void {
    clearTimeout(this.quiet);
    this.store.set({ restarting: false });
  }

  private retry(): void {
    const { loaded } = this.store.get();
    this.store.set({ phase: loaded ? "reconnecting" : "connecting" });
    this.giveUp();
    this.timer = setTimeout(() => void this.attempt(), this.backoff.next());
  }

  private onNoTicket(error: unknown): void {
    if (!(error instanceof ApiError) || error.transient) this.retry();
    else if (error.code === "session_ended") this.end();
    else this.refuse(messageOf(error), error.code === "removed");
  }

  /** Connected is who has both: the document, and the hello that says who they are in it. */
  private onProgress(): void {
    if (!this.greeted || !this.provider.synced) return;
    this.backoff.reset();
    this.newTicketTried = false;
    this.store.set({ phase: "connected", refusal: null, loaded: true });
    this.endQuiet();
    this.noteSaved();
  }

  private onClose(code: number | null, reason?: string): void {
    this.provider.shouldConnect = false;
    this.greeted = false;
    this.tracker.closed();
    this.store.set({ degraded: null });
    this.noteSaved();
    const { phase } = this.store.get();
    if (phase === "ended" || phase === "refused") return;
    if (code === CLOSE_CODES.RESTARTING) this.beginQuiet();
    const verdict = afterClose(code, reason);
    switch (verdict.then) {
      case "retry":
        if (verdict.slowly) this.backoff.slowDown();
        return this.retry();
      case "newTicket":
        if (this.newTicketTried) return this.refuse("You are not signed in any more.", false);
        this.newTicketTried = true;
        return this.retry();
      case "startOver":
        return this.startOver();
      case "ended":
        return this.end();
      case "refused":
        // who was in the room and no longer may be was put out of it
        return this.refuse(verdict.message, verdict.notAllowed && this.store.get().loaded);
    }
  }

  private startOver(): void {
    const old = { provider: this.provider, doc: this.doc };
    this.epoch = null;
    this.makeDocument();
    this.store.set({
      phase: "connecting",
      generation: this.store.get().generation + 1,
      loaded: false,
      unsaved: false,
      complaint: { message: "The server replaced this document; it is being loaded anew." },
    });
    this.retry();
    // Not before the provider, which is closing right now, has done what it does at a close.
    queueMicrotask(() => {
      old.provider.destroy();
      old.doc.destroy();
    });
  }

  private end(): void {
    this.giveUp();
    this.endQuiet();
    this.store.set({ phase: "ended", refusal: null });
  }

  private refuse(refusal: string, removed: boolean): void {
    this.giveUp();
    this.endQuiet();
    this.store.set({ phase: "refused", refusal, removed });
  }

  private noteSaved(): void {
    this.store.set({ unsaved: this.tracker.pending });
  }

  private hear(event: ServerEvent): void {
    this.handle(event);
    for (const listener of [...this.listeners]) listener(event);
  }

  private handle(event: ServerEvent): void {
    const { store } = this;
    switch (event.type) {
      case "hello": {
        const { role, you, session, roster, runs, runner } = event;
        this.epoch = event.epoch;
        this.greeted = true;
        store.set({ role, you, session, people: roster, runs, runner });
        store.set({ media: event.media.kind, recording: event.recording, apart: event.apart });
        this.chat.greeted(event.chat?.channels ?? null);
        return this.onProgress();
      }
      case "roster":
        return store.set({ people: event.people });
      case "saved":
        this.tracker.confirmed(event.frames);
        store.set({ degraded: null });
        return this.noteSaved();
      case "apart":
        return store.set({ apart: event.apart });
      case "degraded":
        return store.set({ degraded: { readOnly: event.readOnly, message: event.message } });
      case "run.started":
      case "run.waiting":
      case "run.stage":
      case "run.finished":
      case "run.output":
        return store.set({ runs: applyRunEvent(store.get().runs, event) });
      case "session.updated":
        return store.set({ session: event.session });
      case "session.ended":
        store.set({ session: event.session });
        return this.end();
      case "signal":
      case "call.muted":
        return; // the call listens
      case "recording":
        return store.set({ recording: event });
      case "chat.message":
        return this.chat.heard(event.message);
      case "chat.read":
        return this.chat.readElsewhere(event.channel, event.number);
      case "error":
        if (this.chat.refused(event) || this.refused?.(event.code) === true) return;
        return store.set({ complaint: { message: event.message } });
    }
  }
}
