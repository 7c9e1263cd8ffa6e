    static int bestProfit(int[] prices) {
        int best = 0;
        int cheapest = Integer.MAX_VALUE;
        for (int price : prices) {
            cheapest = Math.min(cheapest, price);
            best = Math.max(best, price - cheapest);
        }
        return best;
    }
