"""WebSocket frames as a server sends them, and the end of a turn of the event loop.

What is broadcast is framed once for everybody (RFC 6455 section 5.2: server frames are not
masked), and whatever one connection is sent within one turn leaves in one write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

BINARY: Final = 0x82
"""First byte of a whole binary message: final fragment, opcode 2."""

RIDE_SECONDS: Final = 0.04
"""How long "saved" waits for an edit or a cursor to ride with: with the journal's own pace it
is told well within 150 ms."""


def framed(message: bytes) -> bytes:
    """``message`` as one whole binary frame."""
    size = len(message)
    if size < 126:
        return bytes((BINARY, size)) + message
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + message
    return b"\x82\x7f" + size.to_bytes(8, "big") + message


def unframed(frame: bytes) -> bytes:
    """The message of a frame that ``framed`` made."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


class Turn:
    """Calls back, once each, those that asked for it in this turn of the loop."""

    def __init__(self) -> None:
        self._ending = False
        self._waiting: list[Callable[[], None]] = []
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
        if not self._waiting:
            asyncio.get_running_loop().call_later(RIDE_SECONDS, self._end_soon)
        self._waiting.append(connection)

    def _end_soon(self) -> None:
        connections, self._waiting = self._waiting, []
        for connection in connections:
            connection()

    def _soon(self) -> None:
        if not self._ending:
            self._ending = True
            asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        rooms, self._rooms = self._rooms, []
        for room in rooms:
            room()
        self._ending = False
        connections, self._connections = self._connections, []
        for connection in connections:
            connection()
