def single_number(nums: list[int]) -> int:
    alone = 0
    for number in nums:
        alone ^= number
    return alone
