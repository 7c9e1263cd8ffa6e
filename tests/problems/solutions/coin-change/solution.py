def coin_change(coins: list[int], amount: int) -> int:
    unreachable = amount + 1
    fewest = [0, *[unreachable] * amount]
    for coin in coins:
        for total in range(coin, amount + 1):
            fewest[total] = min(fewest[total], fewest[total - coin] + 1)
    return fewest[amount] if fewest[amount] < unreachable else -1
