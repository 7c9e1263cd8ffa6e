    static int anyPeak(int[] heights) {
        int at = heights.length - 1;
        while (at > 0 && heights[at] < heights[at - 1]) at--;
        return at;
    }
