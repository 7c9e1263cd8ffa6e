    static int largestRectangle(int[] heights) {
        int best = 0;
        Deque<Integer> rising = new ArrayDeque<>(); // positions of ever higher bars
        for (int at = 0; at <= heights.length; at++) {
            int height = at < heights.length ? heights[at] : 0;
            while (!rising.isEmpty() && heights[rising.peek()] >= height) {
                int top = heights[rising.pop()];
                int start = rising.isEmpty() ? 0 : rising.peek() + 1;
                best = Math.max(best, top * (at - start));
            }
            rising.push(at);
        }
        return best;
    }
