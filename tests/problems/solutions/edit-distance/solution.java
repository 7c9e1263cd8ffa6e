    static int editDistance(String source, String target) {
        int[] above = new int[target.length() + 1];
        for (int column = 0; column < above.length; column++) above[column] = column;
        for (int row = 1; row <= source.length(); row++) {
            int[] current = new int[above.length];
            current[0] = row;
            for (int column = 1; column < above.length; column++) {
                int cost = source.charAt(row - 1) == target.charAt(column - 1) ? 0 : 1;
                int oneSided = Math.min(above[column], current[column - 1]) + 1;
                current[column] = Math.min(above[column - 1] + cost, oneSided);
            }
            above = current;
        }
        return above[target.length()];
    }
