"""How long one person waits for a long document."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.documents import Document, svelte, text_of, typed
from bench.figures import Cases, Figures, percentile
from bench.machine import cpu_seconds, settle
from bench.people import Person, Seat, gather
from bench.scenarios.resume import write
from bench.targets import Ours, Target
from bench.wire import Loop

WARM, COLD = 10, 3
"""How often it is opened with the room in memory, and after a restart."""


def opening(target: Target, quick: bool) -> Cases:
    """One client opens a long document: with the room in memory, from connecting; and (ours; nobody
    else keeps it) as the first after a restart, from asking for the ticket."""
    if not target.documents:
        return {}
    cases = {}
    edits = 26_000 if quick else 260_000
    for name, document in (
        (f"{edits} edits of one character", typed(edits=edits)),
        ("sveltecomponent, 19749 edits", svelte()),
    ):
        if document is not None:
            cases[name] = _opening(target, document)
    return cases


def _opening(target: Target, document: Document) -> Figures:
    target.start()
    loop = Loop()
    [seats] = target.seats(1, 2)
    keeper = Person(loop, seats[0], 1)
    gather(loop, [keeper])
    write(loop, keeper, document.updates)
    gather(loop, [Person(loop, seats[1], 2)])
    settle(target.pids, loop.poll)
    again = target.seat_again if isinstance(target, Ours) else lambda: seats[1]
    tickets = [again() for _ in range(WARM)]
    cpu = cpu_seconds(target.pid)
    warm = [_time_opening(loop, tickets.pop, document.text) for _ in range(WARM)]
    cpu = cpu_seconds(target.pid) - cpu
    loop.close_all()
    figures = {
        "in memory p50 ms": 1000 * percentile(warm, 50),
        "in memory max ms": 1000 * max(warm),
        "in memory, server CPU ms": 1000 * cpu / WARM,
    }
    if target.keeps:
        cold = [_after_restart(target, again, document.text) for _ in range(COLD)]
        figures["after restart p50 ms"] = 1000 * percentile(cold, 50)
        figures["after restart max ms"] = 1000 * max(cold)
    target.stop()
    return figures | {"state KB": document.state_bytes / 1000}


def _after_restart(target: Target, seat: Callable[[], Seat], text: str) -> float:
    target.stop()
    target.start()
    loop = Loop()
    seat()  # the page is open already, and signed in
    seconds = _time_opening(loop, seat, text)
    loop.close_all()
    return seconds


def _time_opening(loop: Loop, seat: Callable[[], Seat], text: str) -> float:
    began = time.perf_counter()
    person = Person(loop, seat(), 3)
    gather(loop, [person])
    seconds = time.perf_counter() - began
    assert person.state is not None
    assert text_of(person.state) == text, "not all of the document arrived"
    person.leave()
    return seconds
