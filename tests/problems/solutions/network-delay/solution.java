    static int networkDelay(int[][] edges, int n, int start) {
        List<List<int[]>> cables = new ArrayList<>();
        for (int computer = 0; computer < n; computer++) cables.add(new ArrayList<>());
        for (int[] edge : edges) cables.get(edge[0]).add(edge);

        boolean[] reached = new boolean[n];
        int waiting = n;
        int latest = 0;
        PriorityQueue<int[]> queue = new PriorityQueue<>(Comparator.comparingInt(entry -> entry[0]));
        queue.add(new int[]{0, start});
        while (!queue.isEmpty()) {
            int[] entry = queue.remove();
            int now = entry[0];
            int computer = entry[1];
            if (reached[computer]) continue;
            reached[computer] = true;
            waiting--;
            latest = now;
            for (int[] edge : cables.get(computer)) {
                if (!reached[edge[1]]) queue.add(new int[]{now + edge[2], edge[1]});
            }
        }
        return waiting == 0 ? latest : -1;
    }
