/** A replacement in a text, in offsets of the text as it was before. */
export interface Edit {
  at: number;
  length: number;
  text: string;
}

/** One step of a change as Yjs tells it. */
export interface DeltaStep {
  retain?: number;
  delete?: number;
  insert?: unknown;
}

/** A change of a text as replacements that touch nowhere, in order. */
export function editsOf(delta: readonly DeltaStep[]): Edit[] {
  const edits: Edit[] = [];
  let at = 0;
  let open: Edit | null = null;
  for (const step of delta) {
    if (step.retain !== undefined) {
      at += step.retain;
      open = null;
      continue;
    }
    if (open === null) {
      open = { at, length: 0, text: "" };
      edits.push(open);
    }
    if (typeof step.insert === "string") open.text += step.insert;
    open.length += step.delete ?? 0;
    at += step.delete ?? 0;
  }
  return edits;
}

/** Where an offset is after the edits. One right where text was put in comes to stand behind it. */
export function moved(offset: number, edits: readonly Edit[]): number {
  let shift = 0;
  for (const { at, length, text } of edits) {
    if (at > offset) break;
    if (offset < at + length) return at + shift + text.length;
    shift += text.length - length;
  }
  return offset + shift;
}
