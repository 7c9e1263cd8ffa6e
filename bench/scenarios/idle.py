"""Memory of people who have a page open and do nothing."""

from __future__ import annotations

from bench.figures import Cases
from bench.machine import memory_bytes, settle
from bench.people import Person, gather
from bench.targets import Target
from bench.wire import Loop


def idle(target: Target, quick: bool) -> Cases:
    """2,000 connections in 1,000 rooms of two, each with a cursor that stands still: what the
    second of each room adds is a connection, what the first added beyond that is a room."""
    rooms = 200 if quick else 1000
    target.start()
    loop = Loop()
    seats = target.seats(rooms, 2)
    people = [
        [Person(loop, pair[nth], 10 + 2 * number + nth) for number, pair in enumerate(seats)]
        for nth in (0, 1)
    ]
    sizes = [_settled_bytes(target, loop)]
    for each in people:
        gather(loop, each)
        for person in each:
            person.move()
        sizes.append(_settled_bytes(target, loop))
    loop.close_all()
    target.stop()
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    return {
        f"{2 * rooms} connections in {rooms} rooms": {
            "KB/connection": second / rooms / 1024,
            "KB/room": (first - second) / rooms / 1024,
            "KB/room of two": (first + second) / rooms / 1024,
            "server MB before": sizes[0] / 2**20,
            "server MB after": sizes[2] / 2**20,
        }
    }


def _settled_bytes(target: Target, loop: Loop) -> int:
    settle(target.pids, loop.poll)
    return memory_bytes(target.pid)
