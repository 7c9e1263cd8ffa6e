function countQueens(n) {
  const board = (1 << n) - 1;

  // the ways to fill the rows left, below queens that attack these squares of the next
  function place(columns, falling, rising) {
    if (columns === board) return 1;
    let ways = 0;
    let free = board & ~(columns | falling | rising);
    while (free) {
      const square = free & -free;
      free ^= square;
      ways += place(columns | square, (falling | square) << 1, (rising | square) >> 1);
    }
    return ways;
  }

  return place(0, 0, 0);
}
