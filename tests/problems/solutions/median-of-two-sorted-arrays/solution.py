def median_of_two(first: list[int], second: list[int]) -> float:
    def at(numbers: list[int], index: int) -> float:
        if index < 0:
            return float("-inf")
        return numbers[index] if index < len(numbers) else float("inf")

    if len(first) > len(second):
        first, second = second, first
    total = len(first) + len(second)
    half = (total + 1) // 2
    low, high = 0, len(first)  # how many of the lower half come from `first`
    while low < high:
        taken = (low + high) // 2
        if first[taken] < second[half - taken - 1]:
            low = taken + 1
        else:
            high = taken
    below = max(at(first, low - 1), at(second, half - low - 1))
    if total % 2:
        return float(below)
    above = min(at(first, low), at(second, half - low))
    return (below + above) / 2
