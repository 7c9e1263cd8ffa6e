    static int searchRotated(int[] nums, int target) {
        int low = 0;
        int high = nums.length - 1;
        while (low <= high) {
            int middle = low + (high - low) / 2;
            if (nums[middle] == target) return middle;
            boolean leftInOrder = nums[low] <= nums[middle];
            boolean goLeft = leftInOrder
                ? nums[low] <= target && target < nums[middle]
                : !(nums[middle] < target && target <= nums[high]);
            if (goLeft) high = middle - 1;
            else low = middle + 1;
        }
        return -1;
    }
