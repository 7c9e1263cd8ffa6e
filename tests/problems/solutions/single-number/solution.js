function singleNumber(nums) {
  return nums.reduce((alone, number) => alone ^ number, 0);
}
