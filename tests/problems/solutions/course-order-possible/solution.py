def order_possible(n: int, prerequisites: list[list[int]]) -> bool:
    opens: list[list[int]] = [[] for _ in range(n)]
    missing = [0] * n
    for course, needed in prerequisites:
        opens[needed].append(course)
        missing[course] += 1
    ready = [course for course in range(n) if not missing[course]]
    taken = 0
    while ready:
        taken += 1
        for course in opens[ready.pop()]:
            missing[course] -= 1
            if not missing[course]:
                ready.append(course)
    return taken == n
