def count_queens(n: int) -> int:
    board = (1 << n) - 1

    def place(columns: int, falling: int, rising: int) -> int:
        """The ways to fill the rows left, below queens that attack these squares of the next."""
        if columns == board:
            return 1
        ways = 0
        free = board & ~(columns | falling | rising)
        while free:
            square = free & -free
            free ^= square
            ways += place(columns | square, (falling | square) << 1, (rising | square) >> 1)
        return ways

    return place(0, 0, 0)
