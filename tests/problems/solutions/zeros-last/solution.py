def zeros_last(nums: list[int]) -> None:
    kept = 0
    for at, number in enumerate(nums):
        if number != 0:
            nums[at], nums[kept] = nums[kept], number
            kept += 1
