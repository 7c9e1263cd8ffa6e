function networkDelay(edges, n, start) {
  const cables = Array.from({ length: n }, () => []);
  for (const [from, to, time] of edges) cables[from].push([to, time]);

  const heap = []; // of [moment, computer], the earliest on top
  const push = (entry) => {
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent][0] <= entry[0]) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  };
  const pop = () => {
    const top = heap[0];
    const entry = heap.pop();
    if (heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1][0] < heap[child][0]) child++;
      if (heap[child][0] >= entry[0]) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
    return top;
  };

  const reached = new Set();
  let latest = 0;
  push([0, start]);
  while (heap.length > 0) {
    const [now, computer] = pop();
    if (reached.has(computer)) continue;
    reached.add(computer);
    latest = now;
    for (const [to, time] of cables[computer]) {
      if (!reached.has(to)) push([now + time, to]);
    }
  }
  return reached.size === n ? latest : -1;
}
