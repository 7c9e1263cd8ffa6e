    static int[] walkSpiral(int[][] matrix) {
        int top = 0;
        int bottom = matrix.length - 1;
        int left = 0;
        int right = matrix[0].length - 1;
        int[] walked = new int[matrix.length * matrix[0].length];
        int at = 0;
        while (top <= bottom && left <= right) {
            for (int col = left; col <= right; col++) walked[at++] = matrix[top][col];
            for (int row = top + 1; row <= bottom; row++) walked[at++] = matrix[row][right];
            if (top < bottom && left < right) {
                for (int col = right - 1; col > left; col--) walked[at++] = matrix[bottom][col];
                for (int row = bottom; row > top; row--) walked[at++] = matrix[row][left];
            }
            top++;
            bottom--;
            left++;
            right--;
        }
        return walked;
    }
