function largestRectangle(heights) {
  let best = 0;
  const rising = []; // positions of ever higher bars
  for (const [at, height] of [...heights, 0].entries()) {
    while (rising.length > 0 && heights[rising.at(-1)] >= height) {
      const top = heights[rising.pop()];
      const start = rising.length > 0 ? rising.at(-1) + 1 : 0;
      best = Math.max(best, top * (at - start));
    }
    rising.push(at);
  }
  return best;
}
