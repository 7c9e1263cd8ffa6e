    static void zerosLast(int[] nums) {
        int kept = 0;
        for (int number : nums) {
            if (number != 0) nums[kept++] = number;
        }
        Arrays.fill(nums, kept, nums.length, 0);
    }
