def network_delay(edges: list[list[int]], n: int, start: int) -> int:
    from heapq import heappop, heappush

    cables: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for source, target, time in edges:
        cables[source].append((target, time))
    reached: dict[int, int] = {}
    queue = [(0, start)]
    while queue:
        now, computer = heappop(queue)
        if computer in reached:
            continue
        reached[computer] = now
        for target, time in cables[computer]:
            if target not in reached:
                heappush(queue, (now + time, target))
    return max(reached.values()) if len(reached) == n else -1
