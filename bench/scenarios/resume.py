"""Many clients that open one document at once, as after a restart or a break of the network."""

from __future__ import annotations

import time

from bench.documents import text_of, typed
from bench.figures import Cases, latencies
from bench.machine import cpu_seconds, settle
from bench.people import Person, gather, join
from bench.targets import Target
from bench.wire import Loop

DOCUMENT_BYTES = 62_000
PASTES_PER_POLL = 20


def resume(target: Target, quick: bool) -> Cases:
    """500 clients open a document of 62 KB at once, with tickets fetched beforehand; from the
    first connection to everybody having all of it."""
    if not target.documents:
        return {}
    clients = 100 if quick else 500
    document = typed(state_bytes=DOCUMENT_BYTES)
    target.start()
    loop = Loop()
    [seats] = target.seats(1, 2 + clients)
    keeper = Person(loop, seats[0], 1)
    gather(loop, [keeper])
    write(loop, keeper, document.updates)
    people = [Person(loop, seat, 100 + number) for number, seat in enumerate(seats[2:])]
    _check_written(loop, Person(loop, seats[1], 2), document.text)
    settle(target.pids, loop.poll)
    cpu, began = cpu_seconds(target.pid), time.perf_counter()
    join(loop, people)
    seconds = time.perf_counter() - began
    settle(target.pids, loop.poll)
    cpu = cpu_seconds(target.pid) - cpu
    states = {person.state for person in people}
    assert all(state is not None and text_of(state) == document.text for state in states)
    loop.close_all()
    target.stop()
    return {
        f"{clients} clients, {document.state_bytes // 1000} KB": {
            "server CPU ms/client": 1000 * cpu / clients,
            **latencies([person.synced_at - began for person in people], "synced"),
            "all ms": 1000 * seconds,
        }
    }


def write(loop: Loop, writer: Person, updates: list[bytes]) -> None:
    """Send a document as it was typed, some updates at a time."""
    for start in range(0, len(updates), PASTES_PER_POLL):
        for update in updates[start : start + PASTES_PER_POLL]:
            writer.paste(update)
        loop.poll(0.01)


def _check_written(loop: Loop, reader: Person, text: str) -> None:
    gather(loop, [reader])
    assert reader.state is not None
    assert text_of(reader.state) == text, "the document did not arrive whole"
    reader.leave()
