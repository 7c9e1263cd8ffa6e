function commonNumbers(first, second) {
  const there = new Set(first);
  return [...new Set(second.filter((each) => there.has(each)))].sort((a, b) => a - b);
}
