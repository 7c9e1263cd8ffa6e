    static int[] productExceptSelf(int[] nums) {
        int[] products = new int[nums.length];
        for (int at = 0, before = 1; at < nums.length; at++) {
            products[at] = before;
            before *= nums[at];
        }
        for (int at = nums.length - 1, after = 1; at >= 0; at--) {
            products[at] *= after;
            after *= nums[at];
        }
        return products;
    }
