def merge_sorted_lists(first: "ListNode | None", second: "ListNode | None") -> "ListNode | None":
    start = end = ListNode()
    while first and second:
        if first.val <= second.val:
            end.next, first = first, first.next
        else:
            end.next, second = second, second.next
        end = end.next
    end.next = first or second
    return start.next
