function searchRotated(nums, target) {
  let low = 0;
  let high = nums.length - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    if (nums[middle] === target) return middle;
    const leftInOrder = nums[low] <= nums[middle];
    const goLeft = leftInOrder
      ? nums[low] <= target && target < nums[middle]
      : !(nums[middle] < target && target <= nums[high]);
    if (goLeft) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
}
