def combination_sum(candidates: list[int], target: int) -> list[list[int]]:
    ordered = sorted(candidates)
    found: list[list[int]] = []
    chosen: list[int] = []

    def extend(start: int, left: int) -> None:
        if left == 0:
            found.append(chosen.copy())
            return
        for at in range(start, len(ordered)):
            if ordered[at] > left:
                break
            chosen.append(ordered[at])
            extend(at, left - ordered[at])
            chosen.pop()

    extend(0, target)
    return found
