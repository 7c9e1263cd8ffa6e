function countIslands(grid) {
  const unvisited = grid.map((line) => [...line].map((cell) => cell === "#"));
  const stack = [];
  const visit = (row, col) => {
    if (!unvisited[row]?.[col]) return false;
    unvisited[row][col] = false;
    stack.push([row, col]);
    return true;
  };
  let islands = 0;
  for (let row = 0; row < grid.length; row++) {
    for (let col = 0; col < grid[row].length; col++) {
      if (!visit(row, col)) continue;
      islands++;
      while (stack.length > 0) {
        const [r, c] = stack.pop();
        visit(r - 1, c);
        visit(r + 1, c);
        visit(r, c - 1);
        visit(r, c + 1);
      }
    }
  }
  return islands;
}
