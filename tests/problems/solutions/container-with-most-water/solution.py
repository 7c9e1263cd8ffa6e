def max_area(heights: list[int]) -> int:
    best, left, right = 0, 0, len(heights) - 1
    while left < right:
        best = max(best, (right - left) * min(heights[left], heights[right]))
        if heights[left] < heights[right]:
            left += 1
        else:
            right -= 1
    return best
