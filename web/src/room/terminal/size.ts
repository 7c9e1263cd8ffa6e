/** How many characters fit on a terminal. */
export interface Size {
  columns: number;
  rows: number;
}

/** What the server takes; a terminal that is being hidden can be smaller for a moment. */
const LEAST: Size = { columns: 10, rows: 2 };
const MOST = 500;

let latest: Size | undefined;

export function noteSize({ columns, rows }: Size): void {
  if (columns < LEAST.columns || rows < LEAST.rows) return;
  latest = { columns: Math.min(columns, MOST), rows: Math.min(rows, MOST) };
}

/** Of the terminal on this screen, as it last was; none before the first. */
export const latestSize = (): Size | undefined => latest;
