    static double medianOfTwo(int[] first, int[] second) {
        if (first.length > second.length) return medianOfTwo(second, first);
        int total = first.length + second.length;
        int half = (total + 1) / 2;
        int low = 0; // how many of the lower half come from `first`
        int high = first.length;
        while (low < high) {
            int taken = (low + high) / 2;
            if (first[taken] < second[half - taken - 1]) low = taken + 1;
            else high = taken;
        }
        int rest = half - low;
        double below = Math.max(
            low > 0 ? first[low - 1] : Double.NEGATIVE_INFINITY,
            rest > 0 ? second[rest - 1] : Double.NEGATIVE_INFINITY);
        if (total % 2 == 1) return below;
        double above = Math.min(
            low < first.length ? first[low] : Double.POSITIVE_INFINITY,
            rest < second.length ? second[rest] : Double.POSITIVE_INFINITY);
        return (below + above) / 2;
    }
