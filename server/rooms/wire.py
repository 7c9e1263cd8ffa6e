"""WebSocket frames as a server sends them, and the end of a turn of the event loop.

What is broadcast is framed once for everybody (RFC 6455 section 5.2: server frames are not
masked), and whatever one connection is sent within one turn leaves in one write.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.stdlib.get_logger(__name__)

BINARY: Final = 0x82
"""First byte of a whole binary message: final fragment, opcode 2."""

RIDE_SECONDS: Final = (0.02, 0.04)
"""How long "saved" waits for an edit or a cursor to ride with: where few wait, and where
``RIDE_CROWD`` do and their writes would add up. With the journal's own pace it is told within
150 ms, and while two type it then hardly ever needs a write of its own."""

RIDE_CROWD: Final = 20

RIDE_SLACK_SECONDS: Final = 0.005
"""How much earlier it may end, so that one waking ends many."""

_SHORT_HEADS: Final = [bytes((BINARY, size)) for size in range(126)]


def framed(message: bytes) -> bytes:
    """``message`` as one whole binary frame."""
    size = len(message)
    if size < 126:
        return _SHORT_HEADS[size] + message
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + message
    return b"\x82\x7f" + size.to_bytes(8, "big") + message


def unframed(data: bytes) -> list[bytes]:
    """The messages in ``data``, which is frames that ``framed`` made."""
    messages = []
    at = 0
    while at < len(data):
        size, at = data[at + 1], at + 2
        if size > 125:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        messages.append(data[at : at + size])
        at += size
    return messages


class Turn:
    """Calls back, once each, those that asked for it in this turn of the loop.

    ``with turn:`` is a turn that ends with the block, and need not wait for the loop's.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._within = False
        self._ending = False
        self._riding: deque[tuple[float, Callable[[], None]]] = deque()
        self._rooms: list[Callable[[], None]] = []
        self._connections: list[Callable[[], None]] = []

    def then(self, room: Callable[[], None]) -> None:
        """Call ``room`` when the turn ends, before any connection writes."""
        self._soon()
        self._rooms.append(room)

    def write(self, connection: Callable[[], None]) -> None:
        """Call ``connection`` at the very end."""
        self._soon()
        self._connections.append(connection)

    def write_soon(self, connection: Callable[[], None]) -> None:
        """Call ``connection`` within ``RIDE_SECONDS``: what it has to say can wait for that long
        to go with something else, which saves a write of its own."""
        due = self._loop.time() + RIDE_SECONDS[len(self._riding) >= RIDE_CROWD]
        if not self._riding:
            self._loop.call_at(due, self._end_rides)
        self._riding.append((due, connection))

    def _end_rides(self) -> None:
        over = self._loop.time() + RIDE_SLACK_SECONDS
        connections = []
        while self._riding and self._riding[0][0] <= over:
            connections.append(self._riding.popleft()[1])
        if self._riding:
            self._loop.call_at(self._riding[0][0], self._end_rides)
        _call_all(connections)

    def __enter__(self) -> None:
        self._within = True

    def __exit__(self, *_: object) -> None:
        self._end()
        self._within = False

    def _soon(self) -> None:
        if not self._within and not self._ending:
            self._ending = True
            self._loop.call_soon(self._end)

    def _end(self) -> None:
        self._ending = False
        while self._rooms or self._connections:
            rooms, self._rooms = self._rooms, []
            _call_all(rooms)
            connections, self._connections = self._connections, []
            _call_all(connections)


def _call_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception:  # of one room or connection; the others go on
            log.exception("turn failed")
