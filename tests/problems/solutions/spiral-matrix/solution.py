def walk_spiral(matrix: list[list[int]]) -> list[int]:
    walked: list[int] = []
    top, bottom = 0, len(matrix) - 1
    left, right = 0, len(matrix[0]) - 1
    while top <= bottom and left <= right:
        walked += matrix[top][left : right + 1]
        walked += [matrix[row][right] for row in range(top + 1, bottom + 1)]
        if top < bottom and left < right:
            walked += [matrix[bottom][col] for col in range(right - 1, left, -1)]
            walked += [matrix[row][left] for row in range(bottom, top, -1)]
        top, bottom = top + 1, bottom - 1
        left, right = left + 1, right - 1
    return walked
