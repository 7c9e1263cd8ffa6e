    static int countIslands(String[] grid) {
        int rows = grid.length;
        int cols = grid[0].length();
        int[][] steps = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
        boolean[][] visited = new boolean[rows][cols];
        Deque<int[]> stack = new ArrayDeque<>();
        int islands = 0;
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                if (visited[row][col] || grid[row].charAt(col) != '#') continue;
                islands++;
                visited[row][col] = true;
                stack.push(new int[]{row, col});
                while (!stack.isEmpty()) {
                    int[] cell = stack.pop();
                    for (int[] step : steps) {
                        int r = cell[0] + step[0];
                        int c = cell[1] + step[1];
                        if (r < 0 || r == rows || c < 0 || c == cols) continue;
                        if (visited[r][c] || grid[r].charAt(c) != '#') continue;
                        visited[r][c] = true;
                        stack.push(new int[]{r, c});
                    }
                }
            }
        }
        return islands;
    }
