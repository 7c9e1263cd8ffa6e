def search_rotated(nums: list[int], target: int) -> int:
    low, high = 0, len(nums) - 1
    while low <= high:
        middle = (low + high) // 2
        if nums[middle] == target:
            return middle
        if nums[low] <= nums[middle]:  # the left half is in order
            go_left = nums[low] <= target < nums[middle]
        else:  # the right half is in order
            go_left = not nums[middle] < target <= nums[high]
        if go_left:
            high = middle - 1
        else:
            low = middle + 1
    return -1
