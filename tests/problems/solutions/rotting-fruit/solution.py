def minutes_until_rotten(grid: list[list[int]]) -> int:
    cells = {(row, col): cell for row, line in enumerate(grid) for col, cell in enumerate(line)}
    fresh = {at for at, cell in cells.items() if cell == 1}
    rotting = {at for at, cell in cells.items() if cell == 2}
    minutes = 0
    while fresh and rotting:
        reached = {
            (row + down, col + right)
            for row, col in rotting
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))
        }
        rotting = reached & fresh
        fresh -= rotting
        minutes += 1
    return -1 if fresh else minutes
