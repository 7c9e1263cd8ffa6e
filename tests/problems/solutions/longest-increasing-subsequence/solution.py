def longest_increasing(nums: list[int]) -> int:
    from bisect import bisect_left

    ends: list[int] = []  # ends[k]: the smallest last number of k + 1 growing ones
    for number in nums:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
    return len(ends)
