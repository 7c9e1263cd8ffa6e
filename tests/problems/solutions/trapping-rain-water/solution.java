    static int trappedWater(int[] heights) {
        int water = 0;
        int leftTop = 0;
        int rightTop = 0;
        int left = 0;
        int right = heights.length - 1;
        while (left <= right) {
            if (leftTop <= rightTop) {
                leftTop = Math.max(leftTop, heights[left]);
                water += leftTop - heights[left++];
            } else {
                rightTop = Math.max(rightTop, heights[right]);
                water += rightTop - heights[right--];
            }
        }
        return water;
    }
