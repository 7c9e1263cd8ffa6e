function bestProfit(prices) {
  let best = 0;
  let cheapest = Infinity;
  for (const price of prices) {
    cheapest = Math.min(cheapest, price);
    best = Math.max(best, price - cheapest);
  }
  return best;
}
