function mergeSortedLists(first, second) {
  if (!first || !second) return first ?? second;
  if (first.val > second.val) [first, second] = [second, first];
  first.next = mergeSortedLists(first.next, second);
  return first;
}
