function longestRun(text) {
  let longest = 0;
  let start = 0;
  const seen = new Map();
  for (let at = 0; at < text.length; at++) {
    start = Math.max(start, (seen.get(text[at]) ?? -1) + 1);
    longest = Math.max(longest, at - start + 1);
    seen.set(text[at], at);
  }
  return longest;
}
