"""Connections that behave like people: they join, type letters and move their cursor, or read."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.messages import NOTHING_TO_ADD, Edits, Kind, asks, parts, presence, typed, update
from bench.wire import Address, Loop, Refused, Wire, client_frame

CURSOR = json.dumps(
    {"user": {"name": "Ada", "color": "#30bced"}, "selection": {"anchor": 118, "head": 118}}
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a room, ready to be taken."""

    address: Address
    prefix: bytes = b""
    """What every message begins with, both ways (Hocuspocus: the document's name)."""
    greeting: tuple[bytes, ...] = ()
    """What is sent before the first sync step 1 (Hocuspocus: the token)."""
    syncs: bool = True
    """Whether the other side has documents (the relay has not)."""


@dataclass(eq=False)
class Person:
    """One connection. ``client`` is its Yjs client id and its presence's."""

    loop: Loop
    seat: Seat
    client: int
    watched: Sequence[Person] = ()
    """Whose edits it must get."""
    sent: list[float] = field(default_factory=list)
    """When each edit left."""
    latencies: list[float] = field(default_factory=list)
    """How long each edit of the others took to arrive, in seconds."""
    received: dict[int, int] = field(default_factory=dict)
    """How many edits of each other client have arrived, without a gap."""
    saved: list[float] = field(default_factory=list)
    """How long after each edit it was known to be durable, in seconds; where that is told."""
    durable: int = 0
    """How many of its edits are."""
    state: bytes | None = None
    """The document as it was when the connection synced."""
    synced_at: float = 0.0
    _senders: dict[int, Person] = field(default_factory=dict)
    _frames_before: int = 0
    """Document frames sent before the first edit: `saved` counts them too."""
    _cursors: int = 0
    wire: Wire | None = None

    def connect(self) -> None:
        """Connect and ask for the document; ``loop.until`` ``ready``."""
        self._senders = {other.client: other for other in self.watched}
        self.received = dict.fromkeys(self._senders, 0)
        self.wire = self.loop.connect(self.seat.address, self._introduce, self._on_message)

    @property
    def ready(self) -> bool:
        if self.wire is None:
            return False
        if not self.wire.open:
            raise Refused(f"the server closed a connection with {self.wire.close_code}")
        return self.wire.upgraded and (self.state is not None or not self.seat.syncs)

    @property
    def missing(self) -> int:
        """Edits of the others that have not arrived."""
        return sum(
            len(other.sent) - self.received[client] for client, other in self._senders.items()
        )

    @property
    def unsaved(self) -> int:
        return len(self.sent) - self.durable

    def type(self) -> None:
        """One letter and one cursor move, in one write."""
        assert self.wire is not None
        edit = update(typed(self.client, len(self.sent)))
        frames = client_frame(self.seat.prefix + edit) + self._cursor_frame()
        self.sent.append(time.perf_counter())
        self.wire.write(frames)

    def move(self) -> None:
        """Show a cursor."""
        assert self.wire is not None
        self.wire.write(self._cursor_frame())

    def paste(self, body: bytes) -> None:
        """Send an update that is not counted."""
        self._frames_before += 1
        self._send(update(body))

    def leave(self) -> None:
        if self.wire is not None:
            self.loop.close(self.wire)

    def forget(self) -> None:
        """Drop the figures so far: what comes next is measured."""
        for figures in (self.latencies, self.saved):
            figures.clear()

    def _introduce(self) -> None:
        for message in self.seat.greeting:
            self._send(message)
        if self.seat.syncs:
            self._send(asks())

    def _send(self, message: bytes) -> None:
        assert self.wire is not None
        self.wire.send(self.seat.prefix + message)

    def _cursor_frame(self) -> bytes:
        self._cursors += 1
        return client_frame(self.seat.prefix + presence(self.client, self._cursors, CURSOR))

    def _on_message(self, message: bytes, now: float) -> None:
        for part in parts(message, len(self.seat.prefix)):
            if part.kind is Kind.UPDATE:
                for edits in part.edits:
                    self._count(edits, now)
            elif part.kind is Kind.EVENT:
                self._on_event(part.payload, now)
            elif part.kind is Kind.ASKS:
                self._frames_before += 1
                self._send(NOTHING_TO_ADD)
            elif part.kind is Kind.STATE and self.state is None:
                self.state, self.synced_at = part.payload, now

    def _count(self, edits: Edits, now: float) -> None:
        """An edit that overtakes its predecessor is not counted: no client could show it."""
        sender = self._senders.get(edits.client)
        if sender is None:
            return
        due = self.received[edits.client]
        if edits.start <= due < edits.end:
            self.received[edits.client] = edits.end
            self.latencies += [now - left for left in sender.sent[due : edits.end]]

    def _on_event(self, payload: bytes, now: float) -> None:
        event = json.loads(payload)
        if event["type"] == "saved":
            durable = event["frames"] - self._frames_before
            self.saved += [now - left for left in self.sent[self.durable : durable]]
            self.durable = max(self.durable, durable)


def gather(loop: Loop, people: Sequence[Person], at_once: int = 50) -> None:
    """Connect and synchronise everybody, some at a time."""
    for start in range(0, len(people), at_once):
        join(loop, people[start : start + at_once])


def join(loop: Loop, people: Sequence[Person]) -> None:
    """Connect and synchronise everybody at once."""
    for person in people:
        person.connect()
    loop.until(lambda: all(person.ready for person in people), "the document")


def type_for(loop: Loop, typists: Sequence[Person], per_second: float, seconds: float) -> None:
    """Everybody types at that rate, evenly spread over time; returns when the last has left."""
    step = 1 / (per_second * len(typists))
    began = time.perf_counter()
    for number in range(int(seconds * per_second) * len(typists)):
        due = began + number * step
        loop.poll(0)
        while (wait := due - time.perf_counter()) > 0:
            loop.poll(wait)
        typists[number % len(typists)].type()
