function anyPeak(heights) {
  return heights.findIndex((each, at) => at + 1 === heights.length || each > heights[at + 1]);
}
