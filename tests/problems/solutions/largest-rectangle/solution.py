def largest_rectangle(heights: list[int]) -> int:
    best = 0
    rising: list[int] = []  # positions of ever higher bars
    for at, height in enumerate([*heights, 0]):
        while rising and heights[rising[-1]] >= height:
            top = heights[rising.pop()]
            start = rising[-1] + 1 if rising else 0
            best = max(best, top * (at - start))
        rising.append(at)
    return best
