    static ListNode mergeSortedLists(ListNode first, ListNode second) {
        if (first == null || second == null) return first == null ? second : first;
        if (first.val > second.val) return mergeSortedLists(second, first);
        first.next = mergeSortedLists(first.next, second);
        return first;
    }
