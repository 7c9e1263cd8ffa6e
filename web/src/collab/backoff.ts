const FIRST_MS = 150;

/** The longest of the first wait after a restart. */
const SPREAD_MS = 400;

/** How long to wait before the next attempt: doubling up to the longest, spread by a fifth. */
export class Backoff {
  private failures = 0;
  private spreads = false;

  constructor(private readonly longestMs = 2500) {}

  /** Milliseconds until the next attempt. `random` is in [0, 1). */
  next(random: number = Math.random()): number {
    if (this.spreads) {
      this.spreads = false;
      return SPREAD_MS * random;
    }
    const wait = Math.min(FIRST_MS * 2 ** this.failures, this.longestMs);
    this.failures += 1;
    return wait * (0.8 + 0.2 * random); // so that a room's clients do not all return at once
  }

  /** Everybody of a worker was sent away at once: the first wait is anything up to SPREAD_MS, so
   * that hundreds do not knock within the same 30 ms. */
  spread(): void {
    this.spreads = true;
  }

  slowDown(): void {
    this.failures = 10;
  }

  reset(): void {
    this.spreads = false;
    this.failures = 0;
  }
}
