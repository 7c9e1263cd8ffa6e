    static int longestRun(String text) {
        int longest = 0;
        int start = 0;
        Map<Character, Integer> seen = new HashMap<>();
        for (int at = 0; at < text.length(); at++) {
            Integer before = seen.put(text.charAt(at), at);
            if (before != null) start = Math.max(start, before + 1);
            longest = Math.max(longest, at - start + 1);
        }
        return longest;
    }
