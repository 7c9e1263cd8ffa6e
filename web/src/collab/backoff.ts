const FIRST_MS = 150;

/** How long to wait before the next attempt: doubling up to the longest, spread by a fifth. */
export class Backoff {
  private failures = 0;

  constructor(private readonly longestMs = 2500) {}

  /** Milliseconds until the next attempt. `random` is in [0, 1). */
  next(random: number = Math.random()): number {
    const wait = Math.min(FIRST_MS * 2 ** this.failures, this.longestMs);
    this.failures += 1;
    return wait * (0.8 + 0.2 * random); // so that a room's clients do not all return at once
  }

  slowDown(): void {
    this.failures = 10;
  }

  reset(): void {
    this.failures = 0;
  }
}
