    static int[][] combinationSum(int[] candidates, int target) {
        int[] ordered = candidates.clone();
        Arrays.sort(ordered);
        List<int[]> found = new ArrayList<>();
        extend(ordered, 0, target, new ArrayDeque<>(), found);
        return found.toArray(new int[0][]);
    }

    private static void extend(
            int[] ordered, int start, int left, Deque<Integer> chosen, List<int[]> found) {
        if (left == 0) {
            found.add(chosen.stream().mapToInt(Integer::intValue).toArray());
            return;
        }
        for (int at = start; at < ordered.length && ordered[at] <= left; at++) {
            chosen.addLast(ordered[at]);
            extend(ordered, at, left - ordered[at], chosen, found);
            chosen.removeLast();
        }
    }
