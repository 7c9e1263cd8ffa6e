function productExceptSelf(nums) {
  const products = new Array(nums.length).fill(1);
  for (let at = 0, before = 1; at < nums.length; at++) {
    products[at] *= before;
    before *= nums[at];
  }
  for (let at = nums.length - 1, after = 1; at >= 0; at--) {
    products[at] *= after;
    after *= nums[at];
  }
  return products;
}
