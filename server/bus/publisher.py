"""What an end says, over its connection for that: gathered for a turn, written at once, bounded.

What is published for one room in one turn is one envelope, and all envelopes of a turn are one
write. Replies come in the order of what was written, so each written command leaves here what is
to be done with its reply.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final, NamedTuple

from server.bus.base import Figures
from server.bus.envelope import Envelope, Kind, pack
from server.bus.link import Command
from server.bus.sequence import Outgoing

BUFFER_BYTES: Final = 16 * 1024 * 1024
"""What may wait while Redis is away or slow; what does not fit is dropped, and others notice."""

FLIGHT_BYTES: Final = 2 * 1024 * 1024
"""What may be written without a reply yet: more waits here, where it is counted."""

ENVELOPE_BYTES: Final = 64 * 1024
"""An envelope that has more is closed, so that no reader gets everything at one blow."""

ENTRY_BYTES: Final = 64
"""What a message takes besides its bytes, about."""

Reply = Callable[[Any], None]
"""What is to be done with the reply to a command."""


class Channels(NamedTuple):
    """The names that a deployment uses in Redis, which it may share with others."""

    prefix: str

    def room(self, room: str) -> str:
        return f"{self.prefix}:room:{room}"

    def end(self, name: str) -> str:
        return f"{self.prefix}:end:{name}"


class _Waiting:
    """An envelope that is being filled, and who gets it ("": all who listen)."""

    __slots__ = ("kind", "number", "payloads", "room", "size", "to")

    def __init__(self, kind: Kind, number: int, room: str, to: str) -> None:
        self.kind = kind
        self.number = number
        self.room = room
        self.to = to
        self.payloads: list[bytes] = []
        self.size = 0

    def takes(self, number: int) -> bool:
        """Whether the message of that number follows those that are in it, and it is not full."""
        return self.number + len(self.payloads) == number and self.size < ENVELOPE_BYTES

    def add(self, payload: bytes) -> None:
        self.payloads.append(payload)
        self.size += ENTRY_BYTES + len(payload)


class Publisher:
    """One end's speaking side; an `End` of a link."""

    def __init__(
        self,
        name: str,
        channels: Channels,
        figures: Figures,
        *,
        wake: Callable[[], None],
        changed: Callable[[str | None], None],
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        """`wake`: has the link ask for what is to be written; `changed` is told why nothing can
        be published, or None."""
        self._name = name
        self._channels = channels
        self._figures = figures
        self._wake = wake
        self._changed = changed
        self._buffer_bytes = buffer_bytes
        self._numbers = Outgoing()
        self._queue: deque[_Waiting] = deque()
        self._open: dict[tuple[str, str], _Waiting] = {}
        """By room and who gets it: what more messages go into."""
        self._size = 0
        self._small: list[tuple[Command, Reply]] = []  # what goes behind the queue
        self._expected: deque[Reply] = deque()
        self._flight = 0
        self._ready = False
        self._asking: set[asyncio.Future[int]] = set()

    # -- what the bus asks -----------------------------------------------------------------

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None:
        """To all others, or to these alone, with the room's next number."""
        number, opening = self._numbers.next(room)
        for one in to or ("",):
            if not self._fits(payload):
                continue
            waiting = self._open.get((room, one))
            if waiting is None or not waiting.takes(number):
                kind = Kind.OPENING if opening else Kind.MESSAGES
                waiting = self._open[room, one] = _Waiting(kind, number, room, one)
                self._queue.append(waiting)
            waiting.add(payload)
        self._wake()

    def send(self, to: str, room: str, payload: bytes) -> None:
        """To one end alone, behind all that was published for the room."""
        if not self._fits(payload):
            return
        head = self._numbers.head(room)
        waiting = _Waiting(Kind.DIRECT, head, room, to)
        waiting.add(payload)
        self._queue.append(waiting)
        self._wake()

    def announce(self) -> None:
        """Say how far this end has come where it went quiet; about once a second."""
        if not self._ready or self._queue:  # it must not be said before it is so
            return
        for room in self._numbers.quiet():
            head = Envelope(Kind.HEAD, self._name, self._numbers.head(room), room, ())
            command = ("PUBLISH", self._channels.room(room), pack(self._name, [head]))
            self._small.append((command, partial(self._announced, room)))
        self._wake()

    async def subscribed(self, room: str, seconds: float) -> int:
        """How many ends listen to the room; 0 if that cannot be had in this time."""
        if not self._ready:
            return 0
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def answer(reply: Any) -> None:
            if not asked.done():
                asked.set_result(reply[1])

        self._asking.add(asked)
        self._small.append((("PUBSUB", "NUMSUB", self._channels.room(room)), answer))
        self._wake()
        try:
            async with asyncio.timeout(seconds):
                return await asked
        except TimeoutError:
            return 0
        finally:
            self._asking.discard(asked)

    async def flush(self, seconds: float) -> None:
        """Returns when Redis has all that was said, or cannot have it in this time."""
        await self.subscribed("", seconds)  # its answer comes behind all others

    def _fits(self, payload: bytes) -> bool:
        self._figures.published += 1
        size = ENTRY_BYTES + len(payload)
        if self._size + size > self._buffer_bytes:
            self._figures.dropped += 1
            return False
        self._size += size
        return True

    # -- what the link asks ----------------------------------------------------------------

    def opened(self) -> None:
        """Nothing is published before Redis was seen to let us."""
        command = ("PUBLISH", self._channels.end(self._name), b"")
        self._small.insert(0, (command, self._let))

    def fill(self) -> list[Command]:
        """All that waits, as far as Redis has answered what it was given before."""
        commands: list[Command] = []
        while self._ready and self._queue and self._flight < FLIGHT_BYTES:
            channel, envelopes, size = self._next()
            commands.append(("PUBLISH", channel, pack(self._name, envelopes)))
            self._size -= size
            self._flight += size
            self._expected.append(partial(self._carried, size))
        if not self._queue or not self._ready:
            for command, reply in self._small:
                commands.append(command)
                self._expected.append(reply)
            self._small.clear()
        return commands

    def _next(self) -> tuple[str, list[Envelope], int]:
        """What is said next, over which channel: all that is for the same ones up to what is for
        others, whichever rooms it is of; and how much that is."""
        first = self._queue[0]
        to, room, size = first.to, first.room, 0
        envelopes = []
        while self._queue and size < ENVELOPE_BYTES:
            waiting = self._queue[0]
            if waiting.to != to or (not to and waiting.room != room):
                break
            self._queue.popleft()
            if self._open.get((waiting.room, to)) is waiting:
                del self._open[waiting.room, to]
            size += waiting.size
            kind, number = waiting.kind, waiting.number
            envelopes.append(Envelope(kind, self._name, number, waiting.room, waiting.payloads))
        return self._channels.end(to) if to else self._channels.room(room), envelopes, size

    def heard(self, reply: Any) -> None:
        self._expected.popleft()(reply)

    def lost(self, why: str) -> None:
        """What was on its way may have been carried or not: it is not said twice."""
        self._ready = False
        self._expected.clear()
        self._small.clear()
        self._flight = 0
        for asked in self._asking:
            if not asked.done():
                asked.set_result(0)
        self._changed(why)

    def _let(self, _: Any) -> None:
        self._ready = True
        self._changed(None)
        self._wake()

    def _announced(self, room: str, _: Any) -> None:
        self._numbers.announced(room)

    def _carried(self, size: int, _: Any) -> None:
        self._flight -= size
        if self._queue:
            self._wake()
