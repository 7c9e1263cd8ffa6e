    static int[] commonNumbers(int[] first, int[] second) {
        Set<Integer> there = new TreeSet<>();
        for (int each : first) there.add(each);
        Set<Integer> common = new TreeSet<>();
        for (int each : second) if (there.contains(each)) common.add(each);
        return common.stream().mapToInt(Integer::intValue).toArray();
    }
