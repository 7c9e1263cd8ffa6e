    static double[] movingAverages(double[] values, int width) {
        double[] averages = new double[values.length - width + 1];
        for (int at = 0; at < averages.length; at++) {
            double sum = 0;
            for (int next = at; next < at + width; next++) sum += values[next];
            averages[at] = sum / width;
        }
        return averages;
    }
