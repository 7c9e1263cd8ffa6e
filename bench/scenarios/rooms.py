"""Scenarios in which people type: two in each of many rooms, or two before an audience."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence

from bench.figures import Cases, Figures, latencies
from bench.machine import cpu_seconds, settle, waited_seconds
from bench.people import Person, gather, type_for
from bench.targets import Target
from bench.wire import Loop

SECONDS, QUICK_SECONDS, WARM_UP_SECONDS = 8.0, 2.0, 2.0
DRAIN_SECONDS = 120.0
"""How long a server that cannot keep up may take to deliver what was typed."""


def pair(target: Target, quick: bool) -> Cases:
    """Rooms of two who type 10 or 20 letters a second each, every letter with a cursor move."""
    cases: Cases = {}
    for rooms in (100,) if quick else (100, 250):
        target.start()
        loop = Loop()
        typists = []
        for number, seats in enumerate(target.seats(rooms, 2)):
            two = [Person(loop, seat, client_id(2 * number + n)) for n, seat in enumerate(seats)]
            two[0].watched, two[1].watched = two[1:], two[:1]
            typists += two
        # one after the other: pycrdt-websocket fails when two open a room at the same moment
        gather(loop, typists[::2])
        gather(loop, typists[1::2])
        for rate in (10, 20):
            name = f"{rooms} rooms of two, {rate} edits/s each"
            cases[name] = typing(target, loop, typists, typists, rate, quick)
        loop.close_all()
        target.stop()
    return cases


def spectate(target: Target, quick: bool) -> Cases:
    """One room: two type 10 letters a second each with a cursor move, the others read."""
    cases: Cases = {}
    for readers in (500,) if quick else (500, 1000):
        target.start()
        loop = Loop()
        [seats] = target.seats(1, 2 + readers)
        people = [Person(loop, seat, client_id(number)) for number, seat in enumerate(seats)]
        writers = people[:2]
        for person in people:
            person.watched = [writer for writer in writers if writer is not person]
        gather(loop, people[:1])
        gather(loop, people[1:])
        cases[f"2 writers, {readers} readers"] = typing(target, loop, people, writers, 10, quick)
        loop.close_all()
        target.stop()
    return cases


def client_id(number: int) -> int:
    """A client id as long as Yjs chooses them (32 bits), always the same."""
    return 0x8000_0000 + number * 0x1_0001


def typing(
    target: Target,
    loop: Loop,
    people: Sequence[Person],
    writers: Sequence[Person],
    rate: float,
    quick: bool,
) -> Figures:
    """Type, wait until everything has arrived and is saved, and say what that took."""
    type_for(loop, writers, rate, WARM_UP_SECONDS)
    _drain(target, loop, people)
    for person in people:
        person.forget()
    settle(target.pids, loop.poll)
    gc.collect()
    gc.freeze()
    server, database = cpu_seconds(target.pid), _database_seconds(target)
    waited = waited_seconds(target.pid)
    own, began = time.process_time(), time.perf_counter()
    type_for(loop, writers, rate, QUICK_SECONDS if quick else SECONDS)
    _drain(target, loop, people)
    seconds, own = time.perf_counter() - began, time.process_time() - own
    server, database = cpu_seconds(target.pid) - server, _database_seconds(target) - database
    waited = waited_seconds(target.pid) - waited
    delivered = sum(len(person.latencies) for person in people)
    every = [each for person in people for each in person.latencies]
    return {
        "server CPU us/edit": 1e6 * server / delivered,
        "with database us/edit": 1e6 * (server + database) / delivered,
        **latencies(every, "edit"),
        **latencies([each for person in people for each in person.saved], "saved"),
        "edits/s": delivered / seconds,
        "lost": sum(person.missing for person in people),
        "server %": 100 * server / seconds,
        "waits %": 100 * waited / seconds,
        "generator %": 100 * own / seconds,
    }


def _drain(target: Target, loop: Loop, people: Sequence[Person]) -> None:
    """Wait for what is under way; what does not come in time is lost."""
    waiting = [person for person in people if person.watched or person.sent]
    told = target.keeps

    def done() -> bool:
        while waiting and not waiting[-1].missing and not (told and waiting[-1].unsaved):
            waiting.pop()
        return not waiting

    try:
        loop.until(done, "every edit", DRAIN_SECONDS)
    except TimeoutError as error:
        print(f"    {target.name}: {error}")


def _database_seconds(target: Target) -> float:
    return cpu_seconds(target.database) if target.database is not None else 0.0
