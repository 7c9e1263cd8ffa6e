"""Several workers on one database and one Redis, with stock clients that type at all of them.

What may happen to the parts of it is in ``FAULTS``. ``Fleet.judge`` says what became of every
edit.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.helpers.command import interview
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, register
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ROOT, ServerProcess, wait_until
from tests.helpers.stock import StockClients
from tests.helpers.typed import Report, Verdict, judged

SCRIPT = ROOT / "tests/interop/fleet.mjs"
SETTINGS = {
    "RUNNER": "off",
    "SECRET_KEY": "the key of all workers of one fleet",
    "TICKET_TTL_SECONDS": "3600",  # stock clients come back with the ticket they have
}

Hold = Callable[[], None]
"""Lets time pass while something is broken."""


@dataclass(slots=True)
class Rooms:
    """Whom the clients are: rooms of four with their people at different workers, in each of which
    one forgets; and for each worker a room with somebody alone, who forgets."""

    shared: int
    per_second: float
    """Edits of each."""
    made: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, Person] = field(default_factory=dict)
    """By session."""

    def make(self, servers: Sequence[ServerProcess]) -> None:
        host = register(servers[0].url)
        for number in range(self.shared):
            session = host.create_session()["_id"]
            guest = accept_invite(servers[0].url, host.invite(session))
            seats = zip("abcd", (host, guest, host, guest), strict=True)
            people = [
                self._person(name, who, session, (number + at) % len(servers), name == "d")
                for at, (name, who) in enumerate(seats)
            ]
            self._add(host, session, people)
        for base in range(len(servers)):
            session = host.create_session()["_id"]
            self._add(host, session, [self._person("alone", host, session, base, forgets=True)])

    def _person(
        self, name: str, who: Person, session: str, base: int, forgets: bool
    ) -> dict[str, Any]:
        ticket = who.ticket(session)
        return {"name": name, "ticket": ticket, "base": base, "forgets": forgets}

    def _add(self, host: Person, session: str, people: list[dict[str, Any]]) -> None:
        self.made.append({"session": session, "people": people})
        self.hosts[session] = host


class Fleet:
    """``start``, then ``clients`` as a context, in which faults may be let loose and at the end of
    which they ``settle``; ``judge`` then. ``close`` leaves no process behind."""

    def __init__(
        self,
        folder: Path,
        workers: int,
        database: DatabaseProcess | None = None,
        **settings: str,
    ) -> None:
        """``database``: one that others use too, instead of one of the fleet's own."""
        self.folder = folder
        self._own_database = DatabaseProcess(folder) if database is None else None
        self.database = self._own_database or database
        self._own_settings = settings
        self.redis = RedisProcess(folder)
        self._workers = workers
        self.servers: list[ServerProcess] = []

    def start(self) -> Fleet:
        if self._own_database is not None:
            self._own_database.start()
        self.redis.start()
        self.servers = [self._server(f"worker{number}") for number in range(self._workers)]
        for server in self.servers:
            server.start()
        return self

    def _server(self, name: str) -> ServerProcess:
        return ServerProcess(self.folder / name, **self._settings())

    def _settings(self) -> dict[str, str]:
        assert self.database is not None
        shared = {"DB_URL": self.database.url, "DB_NAME": f"fleet{self.folder.stat().st_ino}"}
        return SETTINGS | shared | {"REDIS_URL": self.redis.url} | self._own_settings

    def close(self) -> None:
        with suppress(ProcessLookupError, AssertionError):
            self.redis.resume()
        for server in self.servers:
            with suppress(ProcessLookupError, AssertionError):
                os.kill(server.pid, signal.SIGCONT)
            server.close()
        self.redis.kill()
        if self._own_database is not None:
            self._own_database.kill()

    def clients(self, rooms: Rooms, trace: Path) -> StockClients:
        """They are connected and type once ``until("ready")`` returns."""
        return StockClients(
            script=SCRIPT,
            bases=[server.url for server in self.servers],
            rooms=rooms.made,
            trace=str(trace),
            perSecond=rooms.per_second,
            out=str(self.folder / "report.json"),
        )

    def settle(self, clients: StockClients) -> None:
        """Returns when the clients, who type no more, have what is stored, and have reported. It is
        no later than some seconds after the last fault; and without people at another worker
        nothing tells a client that it lacks something."""
        wait_until(lambda: self._agrees(clients), "the clients to have what is stored")

    def _agrees(self, clients: StockClients) -> bool:
        clients.send(report=True)
        clients.until("reported")
        report = self._report()
        with ThreadPoolExecutor(4) as pool:
            exported = pool.map(self._exported, [room["session"] for room in report])
        return all(
            all(_written(texts) == _written(stored) for texts in room["texts"].values())
            for room, stored in zip(report, exported, strict=True)
        )

    def _report(self) -> list[Report]:
        report: list[Report] = json.loads((self.folder / "report.json").read_text())
        return report

    def judge(self, rooms: Rooms, trace: Path) -> Verdict:
        """After the clients' report: every worker is killed, and what a new one reads, and what
        an export says, is held against what the clients have and were told."""
        for server in self.servers:
            server.kill()
        fresh = self._server("fresh").start()
        try:
            report = self._report()
            sessions = [room["session"] for room in report]
            with ThreadPoolExecutor(4) as pool:
                read = pool.map(lambda each: self._read(fresh, rooms, each), sessions)
                exported = dict(zip(sessions, pool.map(self._exported, sessions), strict=True))
                stored = dict(zip(sessions, read, strict=True))
        finally:
            fresh.close()
        return judged(trace, report, stored, exported)

    def _read(self, fresh: ServerProcess, rooms: Rooms, session: str) -> dict[str, str]:
        """What somebody gets who opens the room anew."""
        host = rooms.hosts[session]
        with StockClients(
            script=SCRIPT.with_name("look.mjs"),
            base=fresh.url,
            session=session,
            ticket=replace(host, http=api(fresh.url, host.token)).ticket(session),
        ) as looker:
            texts: dict[str, str] = looker.until("texts")["texts"]
            return texts

    def _exported(self, session: str) -> dict[str, str]:
        told = interview(self.folder, "export", session, **self._settings())
        assert told.returncode == 0, told.stderr
        return {file["path"]: file["text"] for file in json.loads(told.stdout)["files"]}


def _written(texts: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in texts.items() if text}


# -- what may happen -----------------------------------------------------------------------------


def worker_killed(fleet: Fleet, hold: Hold) -> None:
    """kill -9 of a worker, which is started again a moment later."""
    fleet.servers[0].kill()
    hold()
    fleet.servers[0].start()


def redis_killed(fleet: Fleet, hold: Hold) -> None:
    """kill -9 of Redis, which is started again on the same port, empty."""
    fleet.redis.kill()
    hold()
    fleet.redis.start()


def worker_stopped(fleet: Fleet, hold: Hold) -> None:
    """A worker does nothing for a while, its sockets open."""
    pid = fleet.servers[0].pid
    os.kill(pid, signal.SIGSTOP)
    hold()
    os.kill(pid, signal.SIGCONT)


def redis_stopped(fleet: Fleet, hold: Hold) -> None:
    """Redis does nothing for a while, its sockets open."""
    fleet.redis.pause()
    hold()
    fleet.redis.resume()


def rolling_restart(fleet: Fleet, hold: Hold) -> None:
    """Every worker in turn is told to stop (SIGTERM) and started again."""
    for server in fleet.servers:
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait() == 0
        server.start()
        hold()


def worker_killed_without_redis(fleet: Fleet, hold: Hold) -> None:
    """kill -9 of Redis and, while it is away, of a worker."""
    fleet.redis.kill()
    hold()
    fleet.servers[0].kill()
    hold()
    fleet.redis.start()
    fleet.servers[0].start()


FAULTS: dict[str, Callable[[Fleet, Hold], None]] = {
    "kill -9 of a worker": worker_killed,
    "kill -9 of Redis": redis_killed,
    "SIGSTOP of a worker": worker_stopped,
    "SIGSTOP of Redis": redis_stopped,
    "rolling restart": rolling_restart,
    "kill -9 of Redis, then of a worker": worker_killed_without_redis,
}
