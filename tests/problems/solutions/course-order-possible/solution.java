    static boolean orderPossible(int n, int[][] prerequisites) {
        List<List<Integer>> opens = new ArrayList<>();
        for (int course = 0; course < n; course++) opens.add(new ArrayList<>());
        int[] missing = new int[n];
        for (int[] entry : prerequisites) {
            opens.get(entry[1]).add(entry[0]);
            missing[entry[0]]++;
        }
        Deque<Integer> ready = new ArrayDeque<>();
        for (int course = 0; course < n; course++) {
            if (missing[course] == 0) ready.push(course);
        }
        int taken = 0;
        while (!ready.isEmpty()) {
            taken++;
            for (int course : opens.get(ready.pop())) {
                if (--missing[course] == 0) ready.push(course);
            }
        }
        return taken == n;
    }
