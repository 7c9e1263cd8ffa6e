def two_sum(nums: list[int], target: int) -> list[int]:
    seen: dict[int, int] = {}
    for at, number in enumerate(nums):
        if target - number in seen:
            return [seen[target - number], at]
        seen[number] = at
    raise ValueError("no pair adds up to the target")
