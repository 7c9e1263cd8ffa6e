def edit_distance(source: str, target: str) -> int:
    above = list(range(len(target) + 1))
    for row, old in enumerate(source, 1):
        current = [row]
        for column, new in enumerate(target, 1):
            replaced = above[column - 1] + (old != new)
            current.append(min(replaced, above[column] + 1, current[-1] + 1))
        above = current
    return above[-1]
