function longestIncreasing(nums) {
  const ends = []; // ends[k]: the smallest last number of k + 1 growing ones
  for (const number of nums) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < number) low = middle + 1;
      else high = middle;
    }
    ends[low] = number;
  }
  return ends.length;
}
