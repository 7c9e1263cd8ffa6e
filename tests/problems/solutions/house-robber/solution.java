    static int mostEarned(int[] fees) {
        int played = 0;
        int rested = 0;
        for (int fee : fees) {
            int playing = rested + fee;
            rested = Math.max(played, rested);
            played = playing;
        }
        return Math.max(played, rested);
    }
