import { Store } from "../collab/store";

/** How long something at Stream may take before it counts as out of reach. */
const PATIENCE_MS = 15_000;
/** What is made there in the background (a channel, a place in it) may take a moment longer. */
const WAITS_MS = [500, 1_000, 2_000, 4_000];

export type LinkState<T> =
  | { phase: "connecting" }
  | { phase: "up"; it: T }
  /** The other side closed it for good; what it had been is still there to be shown. */
  | { phase: "closed"; it: T }
  | { phase: "failed"; reason: string };

/**
 * One of Stream's two products on this page: connected once, shown as what it is, and closed
 * whichever way it ends. What fails is told in words and can be tried again; a failure of one
 * product leaves the other as it is.
 */
export class Link<T> {
  readonly store = new Store<{ now: LinkState<T> }>({ now: { phase: "connecting" } });
  private attempt = 0;
  private close: (() => void) | null = null;

  /**
   * `open` makes a client, hands to `undo` what closes it, and connects it; `undo` throws when it
   * is not wanted any more. `inWords`: what to tell people of an error.
   */
  constructor(
    private readonly open: (undo: (close: () => void) => void) => Promise<T>,
    private readonly inWords: (error: unknown) => string,
  ) {}

  start(): void {
    this.stop();
    const mine = this.attempt;
    this.store.set({ now: { phase: "connecting" } });
    const settle = (now: LinkState<T>) => {
      if (mine === this.attempt) this.store.set({ now });
    };
    const undo = (close: () => void) => {
      if (mine === this.attempt) this.close = close;
      else {
        close();
        throw new Error("not wanted any more");
      }
    };
    within(PATIENCE_MS, this.open(undo)).then(
      (it) => settle({ phase: "up", it }),
      (error: unknown) => {
        if (mine === this.attempt) this.end();
        settle({ phase: "failed", reason: this.inWords(error) });
      },
    );
  }

  stop(): void {
    this.attempt += 1;
    this.end();
  }

  /** The other side says that there is nothing more to come. */
  closed(): void {
    const { now } = this.store.get();
    if (now.phase === "up") this.store.set({ now: { phase: "closed", it: now.it } });
  }

  private end(): void {
    this.close?.();
    this.close = null;
  }
}

/** The same promise, or an error after so many milliseconds. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooLate()), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export class TooLate extends Error {
  constructor() {
    super("It did not answer in time.");
    this.name = "TooLate";
  }
}

/** Tries a few times more, a little later each time, for as long as `worth` says so. */
export async function patiently<T>(
  ask: () => Promise<T>,
  worth: (error: unknown) => boolean,
  waits: readonly number[] = WAITS_MS,
): Promise<T> {
  for (const wait of waits) {
    try {
      return await ask();
    } catch (error) {
      if (!worth(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return ask();
}
