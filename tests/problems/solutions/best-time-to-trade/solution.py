def best_profit(prices: list[int]) -> int:
    best, cheapest = 0, prices[0]
    for price in prices:
        cheapest = min(cheapest, price)
        best = max(best, price - cheapest)
    return best
