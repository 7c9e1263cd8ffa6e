function groupAnagrams(words) {
  const groups = new Map();
  for (const word of words) {
    const letters = [...word].sort().join("");
    if (groups.has(letters)) groups.get(letters).push(word);
    else groups.set(letters, [word]);
  }
  return [...groups.values()];
}
