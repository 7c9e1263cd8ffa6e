    static int singleNumber(int[] nums) {
        int alone = 0;
        for (int number : nums) alone ^= number;
        return alone;
    }
