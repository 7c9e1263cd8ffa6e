def reverse_linked_list(head: "ListNode | None") -> "ListNode | None":
    before = None
    while head is not None:
        head.next, before, head = before, head, head.next
    return before
