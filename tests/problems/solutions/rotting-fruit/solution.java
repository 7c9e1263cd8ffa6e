    static int minutesUntilRotten(int[][] grid) {
        int rows = grid.length;
        int cols = grid[0].length;
        int[][] steps = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
        int[][] cells = new int[rows][];
        Deque<int[]> rotting = new ArrayDeque<>();
        int fresh = 0;
        for (int row = 0; row < rows; row++) {
            cells[row] = grid[row].clone();
            for (int col = 0; col < cols; col++) {
                if (cells[row][col] == 1) fresh++;
                if (cells[row][col] == 2) rotting.add(new int[]{row, col});
            }
        }
        int minutes = 0;
        while (fresh > 0 && !rotting.isEmpty()) {
            for (int left = rotting.size(); left > 0; left--) {
                int[] cell = rotting.remove();
                for (int[] step : steps) {
                    int r = cell[0] + step[0];
                    int c = cell[1] + step[1];
                    if (r < 0 || r == rows || c < 0 || c == cols || cells[r][c] != 1) continue;
                    cells[r][c] = 2;
                    fresh--;
                    rotting.add(new int[]{r, c});
                }
            }
            minutes++;
        }
        return fresh > 0 ? -1 : minutes;
    }
