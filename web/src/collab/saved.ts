/** The subtypes of a sync message (type 0) that change the document. */
const SYNC = 0;
const STEP_2 = 1;
const UPDATE = 2;

/**
 * Knows whether everything typed here is durable on the server.
 *
 * The server counts the document frames of each connection and says up to which one all is
 * durable; this counts the same frames as they are sent. What was typed while no connection was
 * open, or was sent but never confirmed, goes to the server again with the next connection's sync
 * step 2, the answer that carries whatever the server lacks; until that one is confirmed it counts
 * as unsaved.
 */
export class SaveTracker {
  private sent = 0;
  private durable = 0;
  private needed = 0;
  private carried = false;

  opened(): void {
    this.sent = this.durable = this.needed = 0;
  }

  /** Call for every message handed to an open socket. */
  sending(message: Uint8Array): void {
    if (message[0] !== SYNC || (message[1] !== STEP_2 && message[1] !== UPDATE)) return;
    this.sent += 1;
    if (message[1] === UPDATE) {
      this.needed = this.sent;
    } else if (this.carried) {
      this.needed = this.sent;
      this.carried = false;
    }
  }

  /** An edit that no open socket took. */
  kept(): void {
    this.carried = true;
  }

  confirmed(frames: number): void {
    this.durable = Math.max(this.durable, frames);
  }

  closed(): void {
    if (this.durable < this.needed) this.carried = true;
    this.opened();
  }

  get pending(): boolean {
    return this.carried || this.durable < this.needed;
  }
}
