function shortestLadder(start, goal, words) {
  const unused = new Set(words);
  let rung = [start];
  for (let length = 1; rung.length > 0; length++) {
    const next = [];
    for (const word of rung) {
      if (word === goal) return length;
      for (let at = 0; at < word.length; at++) {
        for (const letter of "abcdefghijklmnopqrstuvwxyz") {
          const near = word.slice(0, at) + letter + word.slice(at + 1);
          if (unused.delete(near)) next.push(near);
        }
      }
    }
    rung = next;
  }
  return 0;
}
