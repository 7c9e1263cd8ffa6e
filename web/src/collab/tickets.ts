import type { Ticket } from "../api/types";

const MARGIN_MS = 15_000; // a ticket nearer to its end than this could expire on the way

/** Hands out a ticket that is still good, asking for a new one only when it must. */
export class Tickets {
  private held: { ticket: string; until: number } | null = null;

  constructor(
    private readonly ask: () => Promise<Ticket>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Throws whatever asking throws. */
  async get(): Promise<string> {
    if (this.held && this.now() < this.held.until) return this.held.ticket;
    const asked = this.now();
    const { ticket, expiresIn } = await this.ask();
    this.held = { ticket, until: asked + expiresIn * 1000 - MARGIN_MS };
    return ticket;
  }

  drop(): void {
    this.held = null;
  }
}
