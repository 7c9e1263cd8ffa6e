function minutesUntilRotten(grid) {
  const cells = grid.map((line) => [...line]);
  let fresh = 0;
  let rotting = [];
  for (const [row, line] of cells.entries()) {
    for (const [col, cell] of line.entries()) {
      if (cell === 1) fresh++;
      if (cell === 2) rotting.push([row, col]);
    }
  }
  let minutes = 0;
  while (fresh > 0 && rotting.length > 0) {
    const next = [];
    for (const [row, col] of rotting) {
      for (const [r, c] of [[row - 1, col], [row + 1, col], [row, col - 1], [row, col + 1]]) {
        if (cells[r]?.[c] !== 1) continue;
        cells[r][c] = 2;
        fresh--;
        next.push([r, c]);
      }
    }
    rotting = next;
    minutes++;
  }
  return fresh > 0 ? -1 : minutes;
}
