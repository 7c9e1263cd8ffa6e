    static String minWindow(String text, String wanted) {
        int[] owed = new int[128]; // below 0: the window has more than needed
        for (char character : wanted.toCharArray()) owed[character]++;
        int missing = wanted.length();
        int start = 0;
        int bestStart = 0;
        int bestLength = Integer.MAX_VALUE;
        for (int end = 1; end <= text.length(); end++) {
            if (--owed[text.charAt(end - 1)] >= 0) missing--;
            while (missing == 0) {
                if (end - start < bestLength) {
                    bestStart = start;
                    bestLength = end - start;
                }
                if (++owed[text.charAt(start++)] > 0) missing++;
            }
        }
        return bestLength == Integer.MAX_VALUE
            ? ""
            : text.substring(bestStart, bestStart + bestLength);
    }
