function walkSpiral(matrix) {
  const walked = [];
  let top = 0;
  let bottom = matrix.length - 1;
  let left = 0;
  let right = matrix[0].length - 1;
  while (top <= bottom && left <= right) {
    for (let col = left; col <= right; col++) walked.push(matrix[top][col]);
    for (let row = top + 1; row <= bottom; row++) walked.push(matrix[row][right]);
    if (top < bottom && left < right) {
      for (let col = right - 1; col > left; col--) walked.push(matrix[bottom][col]);
      for (let row = bottom; row > top; row--) walked.push(matrix[row][left]);
    }
    top++;
    bottom--;
    left++;
    right--;
  }
  return walked;
}
