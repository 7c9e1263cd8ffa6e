function kthLargest(nums, k) {
  const heap = nums.slice(0, k); // the k largest so far, the smallest of them on top
  const sink = (at) => {
    const value = heap[at];
    for (let child = 2 * at + 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= value) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = value;
  };
  for (let at = Math.floor(k / 2) - 1; at >= 0; at--) sink(at);
  for (let at = k; at < nums.length; at++) {
    if (nums[at] <= heap[0]) continue;
    heap[0] = nums[at];
    sink(0);
  }
  return heap[0];
}
