def climb_stairs(steps: int) -> int:
    below, here = 1, 1
    for _ in range(steps - 1):
        below, here = here, below + here
    return here
