def common_numbers(first: list[int], second: list[int]) -> list[int]:
    return sorted(set(first) & set(second))
