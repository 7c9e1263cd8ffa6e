"""Sessions of a server under test, and people in them who type like people."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from bench.wire import Wire, append_update, client_frame, connect
from crdt import frames, varint
from crdt.frames import Presence, PresenceEntry, SyncStep1, Update
from tests.helpers.people import Person, register
from tests.helpers.server import ServerProcess

CURSOR = json.dumps(
    {"user": {"name": "Ada", "color": "#30bced"}, "selection": {"anchor": 118, "head": 118}}
)


def people_of(server: ServerProcess, sessions: int) -> tuple[Person, list[str]]:
    """A host and that many sessions."""
    host = register(server.url)
    return host, [host.create_session()["_id"] for _ in range(sessions)]


def room_url(server: ServerProcess, host: Person, session_id: str) -> str:
    """Where to connect, with a fresh ticket and room events on, as a browser does."""
    return f"{server.ws_url}/ws/rooms/{session_id}?ticket={host.ticket(session_id)}&events=1"


@dataclass
class Typist:
    """One connection that types single letters, each with a cursor move."""

    client: int
    sent: list[float] = field(default_factory=list)
    """When each edit left."""
    arrived: list[float] = field(default_factory=list)
    """How long each edit of the partner took to arrive, in seconds."""
    saved: list[float] = field(default_factory=list)
    """How long after each keystroke it was known to be saved, in seconds."""
    partner: Typist | None = None
    frames_before: int = 0
    """Document frames sent before the first letter (the answer to step 1)."""
    _durable: int = 0
    wire: Wire | None = None
    synced: asyncio.Event = field(default_factory=asyncio.Event)

    async def join(self, url: str) -> None:
        """Connect and synchronise."""
        self.wire = await connect(url, self._message)
        self.wire.send(frames.encode(SyncStep1(b"\x00")))
        await self.synced.wait()

    def type(self) -> None:
        """One letter and one cursor move, in one write."""
        assert self.wire is not None
        clock = len(self.sent)
        edit = frames.encode(Update(append_update(self.client, clock, b"x")))
        cursor = frames.encode(Presence((PresenceEntry(self.client, clock + 1, CURSOR),)))
        self.sent.append(time.perf_counter())
        self.wire.transport.write(client_frame(edit) + client_frame(cursor))

    @property
    def all_saved(self) -> bool:
        return self._durable >= self.frames_before + len(self.sent)

    def _message(self, wire: Wire, message: bytes) -> None:
        if message[:2] == b"\x00\x02":
            self._update(message)
        elif message[0] == frames.EVENT:
            self._event(message)
        elif message[:2] == b"\x00\x00":
            wire.send(b"\x00\x01\x02\x00\x00")  # nothing to add
            self.frames_before += 1
        elif message[:2] == b"\x00\x01":
            self.synced.set()

    def _update(self, message: bytes) -> None:
        partner, now = self.partner, time.perf_counter()
        if partner is None:
            return
        # 00 02 length | 01 structs client clock …: edits are counted by clock, so that a server
        # may send several in one update
        _, at = varint.read(message, 2)
        _, at = varint.read(message, at + 2)
        clock, _ = varint.read(message, at)
        while len(self.arrived) <= clock:
            self.arrived.append(now - partner.sent[len(self.arrived)])

    def _event(self, message: bytes) -> None:
        event = json.loads(varint.read_text(message, 1)[0])
        if event["type"] == "saved":
            self._durable = event["frames"]
            now, count = time.perf_counter(), self._durable - self.frames_before
            self.saved += [now - left for left in self.sent[len(self.saved) : count]]
