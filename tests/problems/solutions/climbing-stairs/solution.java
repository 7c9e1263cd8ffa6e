    static int climbStairs(int steps) {
        int below = 1;
        int here = 1;
        for (int step = 1; step < steps; step++) {
            int above = below + here;
            below = here;
            here = above;
        }
        return here;
    }
