    static int maxSubArray(int[] nums) {
        int best = nums[0];
        int endingHere = 0;
        for (int number : nums) {
            endingHere = Math.max(number, endingHere + number);
            best = Math.max(best, endingHere);
        }
        return best;
    }
