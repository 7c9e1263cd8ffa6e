function combinationSum(candidates, target) {
  const ordered = [...candidates].sort((a, b) => a - b);
  const found = [];
  const chosen = [];

  function extend(start, left) {
    if (left === 0) {
      found.push([...chosen]);
      return;
    }
    for (let at = start; at < ordered.length && ordered[at] <= left; at++) {
      chosen.push(ordered[at]);
      extend(at, left - ordered[at]);
      chosen.pop();
    }
  }

  extend(0, target);
  return found;
}
