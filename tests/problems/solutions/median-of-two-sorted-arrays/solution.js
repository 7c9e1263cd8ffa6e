function medianOfTwo(first, second) {
  if (first.length > second.length) return medianOfTwo(second, first);
  const total = first.length + second.length;
  const half = Math.ceil(total / 2);
  let low = 0; // how many of the lower half come from `first`
  let high = first.length;
  while (low < high) {
    const taken = Math.floor((low + high) / 2);
    if (first[taken] < second[half - taken - 1]) low = taken + 1;
    else high = taken;
  }
  const below = Math.max(first[low - 1] ?? -Infinity, second[half - low - 1] ?? -Infinity);
  if (total % 2 === 1) return below;
  const above = Math.min(first[low] ?? Infinity, second[half - low] ?? Infinity);
  return (below + above) / 2;
}
