def kth_largest(nums: list[int], k: int) -> int:
    from heapq import heapify, heapreplace

    largest = nums[:k]
    heapify(largest)
    for number in nums[k:]:
        if number > largest[0]:
            heapreplace(largest, number)
    return largest[0]
