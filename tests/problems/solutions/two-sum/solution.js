function twoSum(nums, target) {
  const seen = new Map();
  for (const [at, number] of nums.entries()) {
    if (seen.has(target - number)) return [seen.get(target - number), at];
    seen.set(number, at);
  }
}
