function isValid(text) {
  const partners = { "(": ")", "[": "]", "{": "}" };
  const awaited = [];
  for (const bracket of text) {
    if (bracket in partners) awaited.push(partners[bracket]);
    else if (awaited.pop() !== bracket) return false;
  }
  return awaited.length === 0;
}
