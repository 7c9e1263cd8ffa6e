function maxSubArray(nums) {
  let best = -Infinity;
  let endingHere = 0;
  for (const number of nums) {
    endingHere = Math.max(number, endingHere + number);
    best = Math.max(best, endingHere);
  }
  return best;
}
