    static int[][] threeSum(int[] nums) {
        int[] ordered = nums.clone();
        Arrays.sort(ordered);
        List<int[]> found = new ArrayList<>();
        for (int first = 0; first < ordered.length - 2 && ordered[first] <= 0; first++) {
            if (first > 0 && ordered[first] == ordered[first - 1]) continue;
            int left = first + 1;
            int right = ordered.length - 1;
            while (left < right) {
                int total = ordered[first] + ordered[left] + ordered[right];
                if (total < 0) left++;
                else if (total > 0) right--;
                else {
                    found.add(new int[]{ordered[first], ordered[left], ordered[right]});
                    left++;
                    while (left < right && ordered[left] == ordered[left - 1]) left++;
                }
            }
        }
        return found.toArray(new int[0][]);
    }
