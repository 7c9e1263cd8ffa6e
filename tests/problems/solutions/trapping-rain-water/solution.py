def trapped_water(heights: list[int]) -> int:
    water = left_top = right_top = 0
    left, right = 0, len(heights) - 1
    while left <= right:
        if left_top <= right_top:
            left_top = max(left_top, heights[left])
            water += left_top - heights[left]
            left += 1
        else:
            right_top = max(right_top, heights[right])
            water += right_top - heights[right]
            right -= 1
    return water
