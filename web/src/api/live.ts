import { Backoff } from "../collab/backoff";
import { CLOSE_CODES } from "../collab/closeCodes";

/** What may have changed on the server; each is the first part of its queries' keys. */
export const TOPICS = ["sessions", "stats"] as const;
export type Topic = (typeof TOPICS)[number];

export interface LiveOptions {
  /** Where the news come from, as `ws://host/ws/live`. */
  url: string;
  /** Ask again for these. `behind`: because news may have been missed, not because there are any. */
  onChange: (topics: readonly Topic[], behind: boolean) => void;
  /** The server no longer knows who this is. */
  onSignedOut: () => void;
  socketClass?: typeof WebSocket;
  /** How often to ask while there is no connection. */
  pollMs?: number;
  longestWaitMs?: number;
}

const POLL_MS = 15_000;
const LONGEST_WAIT_MS = 20_000; // a list that is some seconds old hurts nobody; a room's would
/** A server in trouble may take a connection only to close it: that is no reason to hurry. */
const STEADY_MS = 5000;

/**
 * Tells when lists and figures have to be asked for again, for as long as it is started.
 *
 * The server says that something changed, never what. Whatever happened while there was no
 * connection is made up for when there is one again, and the server listens for this page: it then
 * says that everything may have changed. Until then it is asked for now and then.
 */
export class LiveUpdates {
  private socket: WebSocket | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private poll: ReturnType<typeof setInterval> | null = null;
  private readonly backoff: Backoff;
  private openedAt = Infinity;

  constructor(private readonly options: LiveOptions) {
    this.backoff = new Backoff(options.longestWaitMs ?? LONGEST_WAIT_MS);
  }

  start(): void {
    this.startPolling();
    this.connect();
  }

  stop(): void {
    this.stopWaiting();
    this.stopPolling();
    const { socket } = this;
    this.socket = null; // before closing: what it still says is nobody's business any more
    if (socket !== null) shut(socket);
  }

  /** The network or the person is back: do not sit out the rest of the wait. */
  hurry(): void {
    if (this.retry !== null) this.connect();
  }

  /** The network is gone; the socket alone would notice much later. */
  drop(): void {
    if (this.socket !== null) this.lost(this.socket, null);
  }

  private connect(): void {
    this.stopWaiting();
    const { url, socketClass = WebSocket } = this.options;
    const socket = new socketClass(url);
    this.socket = socket;
    socket.onopen = () => {
      if (socket === this.socket) this.connected();
    };
    socket.onmessage = ({ data }) => {
      const topics = topicsOf(data);
      if (socket === this.socket && topics.length > 0) this.options.onChange(topics, false);
    };
    socket.onclose = ({ code }) => this.lost(socket, code);
  }

  private connected(): void {
    this.openedAt = Date.now();
    this.stopPolling();
  }

  private lost(socket: WebSocket, code: number | null): void {
    if (socket !== this.socket) return;
    this.socket = null;
    shut(socket);
    this.startPolling();
    if (Date.now() - this.openedAt > STEADY_MS) this.backoff.reset();
    this.openedAt = Infinity;
    if (code === CLOSE_CODES.NOT_SIGNED_IN) return this.options.onSignedOut();
    if (code === CLOSE_CODES.NOT_ALLOWED) return; // and never will be: polling has to do
    if (code === CLOSE_CODES.TOO_FAST) this.backoff.slowDown();
    this.retry = setTimeout(() => this.connect(), this.backoff.next());
  }

  private startPolling(): void {
    this.poll ??= setInterval(
      () => this.options.onChange(TOPICS, true),
      this.options.pollMs ?? POLL_MS,
    );
  }

  private stopPolling(): void {
    if (this.poll !== null) clearInterval(this.poll);
    this.poll = null;
  }

  private stopWaiting(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
  }
}

/** Closes it; one that is still connecting later, because browsers call doing so at once an error. */
function shut(socket: WebSocket): void {
  if (socket.readyState === socket.CONNECTING) socket.onopen = () => socket.close();
  else socket.close();
}

/** The topics of a message that this page knows; none of a message that it cannot read. */
export function topicsOf(data: unknown): Topic[] {
  let message: unknown;
  try {
    message = JSON.parse(String(data));
  } catch {
    return [];
  }
  if (typeof message !== "object" || message === null || !("what" in message)) return [];
  const { what } = message;
  return Array.isArray(what) ? TOPICS.filter((topic) => what.includes(topic)) : [];
}
