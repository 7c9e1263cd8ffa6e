function trappedWater(heights) {
  let water = 0;
  let leftTop = 0;
  let rightTop = 0;
  let left = 0;
  let right = heights.length - 1;
  while (left <= right) {
    if (leftTop <= rightTop) {
      leftTop = Math.max(leftTop, heights[left]);
      water += leftTop - heights[left++];
    } else {
      rightTop = Math.max(rightTop, heights[right]);
      water += rightTop - heights[right--];
    }
  }
  return water;
}
