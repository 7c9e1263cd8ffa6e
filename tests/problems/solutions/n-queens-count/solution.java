    static int countQueens(int n) {
        return place((1 << n) - 1, 0, 0, 0);
    }

    // the ways to fill the rows left, below queens that attack these squares of the next
    private static int place(int board, int columns, int falling, int rising) {
        if (columns == board) return 1;
        int ways = 0;
        int free = board & ~(columns | falling | rising);
        while (free != 0) {
            int square = free & -free;
            free ^= square;
            ways += place(board, columns | square, (falling | square) << 1, (rising | square) >> 1);
        }
        return ways;
    }
