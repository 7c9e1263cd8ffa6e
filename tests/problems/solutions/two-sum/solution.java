    static int[] twoSum(int[] nums, int target) {
        Map<Integer, Integer> seen = new HashMap<>();
        for (int at = 0; at < nums.length; at++) {
            Integer other = seen.get(target - nums[at]);
            if (other != null) return new int[]{other, at};
            seen.put(nums[at], at);
        }
        throw new IllegalArgumentException("no pair adds up to the target");
    }
