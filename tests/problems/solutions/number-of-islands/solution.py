def count_islands(grid: list[str]) -> int:
    unvisited = {
        (row, col) for row, line in enumerate(grid) for col, cell in enumerate(line) if cell == "#"
    }
    islands = 0
    while unvisited:
        islands += 1
        stack = [unvisited.pop()]
        while stack:
            row, col = stack.pop()
            for near in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
                if near in unvisited:
                    unvisited.remove(near)
                    stack.append(near)
    return islands
