function zerosLast(nums) {
  let kept = 0;
  for (const number of nums) {
    if (number !== 0) nums[kept++] = number;
  }
  nums.fill(0, kept);
}
