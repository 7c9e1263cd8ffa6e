function orderPossible(n, prerequisites) {
  const opens = Array.from({ length: n }, () => []);
  const missing = Array(n).fill(0);
  for (const [course, needed] of prerequisites) {
    opens[needed].push(course);
    missing[course]++;
  }
  const ready = [...missing.keys()].filter((course) => missing[course] === 0);
  let taken = 0;
  while (ready.length > 0) {
    taken++;
    for (const course of opens[ready.pop()]) {
      missing[course]--;
      if (missing[course] === 0) ready.push(course);
    }
  }
  return taken === n;
}
