    static int longestIncreasing(int[] nums) {
        // ends[k]: the smallest last number of k + 1 growing ones
        int[] ends = new int[nums.length];
        int length = 0;
        for (int number : nums) {
            int at = Arrays.binarySearch(ends, 0, length, number);
            if (at < 0) at = -at - 1;
            ends[at] = number;
            if (at == length) length++;
        }
        return length;
    }
