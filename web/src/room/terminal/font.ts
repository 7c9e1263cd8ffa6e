/** As everywhere in the room where code is; `size` in pixels. */
export const FONT = {
  family: '"JetBrains Mono Variable", ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  size: 13,
};
