def most_earned(fees: list[int]) -> int:
    played, rested = 0, 0
    for fee in fees:
        played, rested = rested + fee, max(played, rested)
    return max(played, rested)
