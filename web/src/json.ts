/** A JSON value on one line, with the blanks that people write: `[1, 2]`. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return value === undefined ? "" : JSON.stringify(value);
}
