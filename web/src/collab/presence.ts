import { Awareness } from "y-protocols/awareness";

/**
 * Presence that says nothing twice. A cursor is told as a place between two letters, which stays
 * the same while others type elsewhere; the editor still reports each time that it moved, and
 * without this every keystroke of one person would make everybody else send a message too.
 */
export class Presence extends Awareness {
  override setLocalStateField(field: string, value: unknown): void {
    const now: unknown = this.getLocalState()?.[field];
    if (JSON.stringify(now) !== JSON.stringify(value)) super.setLocalStateField(field, value);
  }
}
