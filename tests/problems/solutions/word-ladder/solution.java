    static int shortestLadder(String start, String goal, String[] words) {
        Set<String> unused = new HashSet<>(Arrays.asList(words));
        List<String> rung = List.of(start);
        for (int length = 1; !rung.isEmpty(); length++) {
            List<String> next = new ArrayList<>();
            for (String word : rung) {
                if (word.equals(goal)) return length;
                char[] letters = word.toCharArray();
                for (int at = 0; at < letters.length; at++) {
                    char kept = letters[at];
                    for (char letter = 'a'; letter <= 'z'; letter++) {
                        letters[at] = letter;
                        String near = new String(letters);
                        if (unused.remove(near)) next.add(near);
                    }
                    letters[at] = kept;
                }
            }
            rung = next;
        }
        return 0;
    }
