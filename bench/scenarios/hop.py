"""What it costs that two people of a room are at different workers, and what more workers bring."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Cases, Figures, latencies
from bench.machine import CORES, cpu_seconds, on_server_core, pin_generator, settle, waited_seconds
from bench.people import Person, Seat, gather, type_for
from bench.scenarios.rooms import client_id
from bench.targets import Ours, Target
from bench.wire import Address, Loop
from tests.helpers.fleet import Fleet
from tests.helpers.people import register

ROOMS = (20, 100)
RATE = 10
SECONDS, FULL_SECONDS, QUICK_SECONDS, WARM_UP_SECONDS = 8.0, 4.0, 2.0, 2.0
DRAIN_SECONDS = 60.0
FULL_ROOMS = 60
WINDOW = 4
"""How many letters of somebody may be under way where they type as fast as it goes."""


def hop(target: Target, quick: bool) -> Cases:
    """Ours alone: rooms of two who type 10 letters a second each with a cursor move, both at one
    worker or each at another, two workers with Redis and database on one core (where CPU times
    compare) and on both (where latencies do: nobody waits for the other worker's turn); and as
    fast as it goes with one, two and three workers and whoever types on both cores."""
    if not isinstance(target, Ours) or target.name != "ours":
        return {}
    cases: Cases = {}
    for rooms in ROOMS[:1] if quick else ROOMS:
        for cores, on in (("one core", on_server_core), ("both cores", _on_all_cores)):
            with on():
                fleet = _fleet(2)
            with _going(fleet):
                for apart in (False, True):
                    where = "across two workers" if apart else "at one worker"
                    name = f"{rooms} rooms of two, {RATE} edits/s each, {where}, {cores}"
                    with _typists(fleet, rooms, apart) as (loop, typists):
                        cases[name] = _paced(fleet, loop, typists, quick)
    with _on_all_cores():
        for workers in (1, 2, 3):
            with _going(_fleet(workers)) as fleet:
                for apart in (False, True) if workers > 1 else (False,):
                    where = "rooms split" if apart else "no room split"
                    with _typists(fleet, FULL_ROOMS, apart) as (loop, typists):
                        cases[f"{workers} workers, both cores full, {where}"] = _full(
                            fleet, loop, typists, quick
                        )
    return cases


@contextmanager
def _on_all_cores() -> Iterator[None]:
    """What is started inside runs wherever there is room, and so does this process."""
    os.sched_setaffinity(0, CORES)
    try:
        yield
    finally:
        pin_generator()


def _fleet(workers: int) -> Fleet:
    return Fleet(Path(tempfile.mkdtemp(prefix="bench-")), workers, LOG_LEVEL="warning").start()


@contextmanager
def _going(fleet: Fleet) -> Iterator[Fleet]:
    try:
        yield fleet
    finally:
        fleet.close()
        shutil.rmtree(fleet.folder, ignore_errors=True)


@contextmanager
def _typists(fleet: Fleet, rooms: int, apart: bool) -> Iterator[tuple[Loop, list[Person]]]:
    """Two in each room, every second room begun at the next worker."""
    loop = Loop()
    servers = fleet.servers
    people = [register(servers[0].url), register(servers[0].url, "Grace")]
    ports = [int(server.url.rpartition(":")[2]) for server in servers]
    typists: list[Person] = []
    for room in range(rooms):
        session = people[0].create_session()["_id"]
        people[1].call("POST", f"/api/sessions/join/{session}")
        two = []
        for number, who in enumerate(people):
            port = ports[(room + (number if apart else 0)) % len(ports)]
            path = f"/ws/rooms/{session}?ticket={who.ticket(session)}&events=1"
            seat = Seat(Address(port, path))
            two.append(Person(loop, seat, client_id(2 * room + number)))
        two[0].watched, two[1].watched = two[1:], two[:1]
        typists += two
    gather(loop, typists)
    yield loop, typists
    loop.close_all()


def _pids(fleet: Fleet) -> list[int]:
    return [server.pid for server in fleet.servers]


class _Meter:
    """What processes used since it was made."""

    def __init__(self, fleet: Fleet) -> None:
        assert fleet.database is not None
        self._workers = _pids(fleet)
        self._redis, self._database = [fleet.redis.pid], [fleet.database.pid]
        self._before = self._now()
        self._waited = sum(map(waited_seconds, self._workers))
        self._began = time.perf_counter()

    def _now(self) -> list[float]:
        parts = (self._workers, self._redis, self._database)
        return [sum(map(cpu_seconds, part)) for part in parts] + [time.process_time()]

    def figures(self, delivered: int) -> Figures:
        seconds = time.perf_counter() - self._began
        used = [now - before for now, before in zip(self._now(), self._before, strict=True)]
        workers, redis, database, own = used
        waited = sum(map(waited_seconds, self._workers)) - self._waited
        return {
            "server CPU us/edit": 1e6 * workers / delivered,
            "with Redis us/edit": 1e6 * (workers + redis) / delivered,
            "with database us/edit": 1e6 * (workers + redis + database) / delivered,
            "edits/s": delivered / seconds,
            "server %": 100 * workers / seconds,
            "waits %": 100 * waited / seconds,
            "generator %": 100 * own / seconds,
        }


def _paced(fleet: Fleet, loop: Loop, typists: Sequence[Person], quick: bool) -> Figures:
    type_for(loop, typists, RATE, WARM_UP_SECONDS)
    _drain(loop, typists)
    for person in typists:
        person.forget()
    settle(_pids(fleet), loop.poll)
    gc.collect()
    gc.freeze()
    meter = _Meter(fleet)
    type_for(loop, typists, RATE, QUICK_SECONDS if quick else SECONDS)
    _drain(loop, typists)
    every = [each for person in typists for each in person.latencies]
    saved = [each for person in typists for each in person.saved]
    lost = sum(person.missing for person in typists)
    return {
        **meter.figures(len(every)),
        **latencies(every, "edit"),
        **latencies(saved, "saved"),
        "lost": lost,
    }


def _full(fleet: Fleet, loop: Loop, typists: Sequence[Person], quick: bool) -> Figures:
    """Everybody types the next letter as soon as one has arrived."""
    seconds = QUICK_SECONDS if quick else FULL_SECONDS
    for person in typists:
        person.forget()
    meter, ends = _Meter(fleet), time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for person in typists:
            if len(person.sent) - person.watched[0].received[person.client] < WINDOW:
                person.type()
        loop.poll(0.001)
    every = [each for person in typists for each in person.latencies]
    figures = meter.figures(len(every))
    _drain(loop, typists)
    return {"edits/s": figures.pop("edits/s"), **figures, **latencies(every, "edit")}


def _drain(loop: Loop, typists: Sequence[Person]) -> None:
    """Wait for what is under way; what does not come in time is lost."""
    try:
        loop.until(
            lambda: all(not each.missing and not each.unsaved for each in typists),
            "every edit",
            DRAIN_SECONDS,
        )
    except TimeoutError as error:
        print(f"    {error}", flush=True)
