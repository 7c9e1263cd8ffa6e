"""How soon people are back when workers are replaced one by one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Cases, Figures, latencies
from bench.machine import CORES, pin_generator
from bench.people import Person, Seat, gather
from bench.scenarios.rooms import client_id
from bench.targets import Ours, Target
from bench.wire import Address, Loop
from tests.helpers.people import register
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess

ROOMS, QUICK_ROOMS = 100, 10
SPREAD_SECONDS = 0.4
"""The page's first try comes after up to that, the next ones after this (`collab/backoff.ts`)."""
AGAIN_SECONDS = 0.15
ALL_SECONDS = 120.0
REPLACED = "all workers were replaced"


def rolling(target: Target, quick: bool) -> Cases:
    """Ours alone: two workers under their supervisor, 100 rooms of two; SIGHUP replaces one after
    the other, and whoever is sent away comes back as the page does, with the ticket it has. From
    the close of its connection to having the document again."""
    if not isinstance(target, Ours) or target.name != "ours":
        return {}
    rooms = QUICK_ROOMS if quick else ROOMS
    os.sched_setaffinity(0, CORES)
    try:
        with _server() as server:
            return {f"{2 * rooms} people, both of two workers replaced": _rolled(server, rooms)}
    finally:
        pin_generator()


@contextmanager
def _server() -> Iterator[ServerProcess]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    redis = RedisProcess(folder)
    shared = {"REDIS_URL": redis.start().url, "WEB_CONCURRENCY": "2"}
    server = ServerProcess(folder / "server", RUNNER="off", TICKET_TTL_SECONDS="3600", **shared)
    try:
        yield server.start()
    finally:
        server.close()
        redis.kill()
        shutil.rmtree(folder, ignore_errors=True)


class _Page:
    """Somebody who comes back."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.took: list[float] = []
        """From each close to having the document again, in seconds."""
        self.tries = 0
        self._closed: float | None = None
        self._due = 0.0

    @property
    def here(self) -> bool:
        return self._closed is None

    def step(self) -> None:
        """Notice what has happened to the connection, and make another when it is time."""
        person, now = self.person, time.perf_counter()
        assert person.wire is not None
        if person.wire.open:
            if self._closed is not None and person.ready:
                self.took.append(person.synced_at - self._closed)
                self._closed = None
            return
        if self._closed is None:
            self._closed = now
            self._due = now + SPREAD_SECONDS * random.random()
        elif now >= self._due:
            self.tries += 1
            self._due = now + AGAIN_SECONDS
            person.state = None
            person.connect()


def _rolled(server: ServerProcess, rooms: int) -> Figures:
    loop = Loop()
    people = [register(server.url), register(server.url, "Grace")]
    port = int(server.url.rpartition(":")[2])
    pages: list[_Page] = []
    for _ in range(rooms):
        session = people[0].create_session()["_id"]
        people[1].call("POST", f"/api/sessions/join/{session}")
        for who in people:
            seat = Seat(Address(port, f"/ws/rooms/{session}?ticket={who.ticket(session)}&events=1"))
            pages.append(_Page(Person(loop, seat, client_id(len(pages)))))
    gather(loop, [page.person for page in pages])
    began = time.perf_counter()
    os.kill(server.pid, signal.SIGHUP)
    while REPLACED not in server.output or not all(page.here for page in pages):
        if time.perf_counter() - began > ALL_SECONDS:
            raise TimeoutError(f"after {ALL_SECONDS:.0f} s not everybody is back")
        loop.poll(0.002)
        for page in pages:
            page.step()
    took = [each for page in pages for each in page.took]
    figures = {
        **latencies(took, "back"),
        "max ms": 1000 * max(took),
        "sent away": len(took),
        "tries each": sum(page.tries for page in pages) / len(took),
        "all of it s": time.perf_counter() - began,
    }
    loop.close_all()
    return figures
