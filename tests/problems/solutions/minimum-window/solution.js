function minWindow(text, wanted) {
  const owed = new Map(); // below 0: the window has more than needed
  const owe = (char, change) => {
    owed.set(char, (owed.get(char) ?? 0) + change);
    return owed.get(char);
  };
  for (const char of wanted) owe(char, 1);
  let missing = wanted.length;
  let start = 0;
  let bestStart = 0;
  let bestLength = Infinity;
  for (let end = 1; end <= text.length; end++) {
    if (owe(text[end - 1], -1) >= 0) missing--;
    while (missing === 0) {
      if (end - start < bestLength) {
        bestStart = start;
        bestLength = end - start;
      }
      if (owe(text[start++], 1) > 0) missing++;
    }
  }
  return bestLength === Infinity ? "" : text.slice(bestStart, bestStart + bestLength);
}
