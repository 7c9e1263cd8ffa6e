function movingAverages(values, width) {
  return values
    .slice(0, values.length - width + 1)
    .map((_, at) => values.slice(at, at + width).reduce((sum, each) => sum + each, 0) / width);
}
