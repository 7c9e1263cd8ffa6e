"""What came over the carrier, on its way to the listeners: numbers are looked at, and every room
gets its turn.

Rooms are served one message at a time, one after the other, and a turn of the event loop takes a
bounded slice: a room that is slow, or has much waiting, holds up neither the other rooms nor the
people on this worker. What waits for one room is bounded; what does not fit counts as lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

import structlog

from server.bus.base import Figures, Listener
from server.bus.envelope import Envelope, Kind
from server.bus.sequence import Incoming

log = structlog.stdlib.get_logger(__name__)

SLICE_SECONDS: Final = 0.002
"""How long listeners are called in one turn of the loop, but for the last of them."""

WAITING_BYTES: Final = 16 * 1024 * 1024
"""What may wait for one room: as much as its history may reasonably have, asked for again."""

ENTRY_BYTES: Final = 128
"""Memory that a waiting message takes besides its bytes, about."""

Item = tuple[str | None, bytes | None]  # who, and what he says; None: something of his is missing


class _Box:
    """What waits for one room."""

    __slots__ = ("incoming", "items", "listener", "size")

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.incoming = Incoming()
        self.items: deque[Item] = deque()
        self.size = 0

    def put(self, who: str | None, payload: bytes | None) -> None:
        self.items.append((who, payload))
        self.size += ENTRY_BYTES + len(payload or b"")

    def take(self) -> Item:
        who, payload = self.items.popleft()
        self.size -= ENTRY_BYTES + len(payload or b"")
        return who, payload


class Inbox:
    """The listeners of one end."""

    def __init__(self, name: str, figures: Figures, waiting_bytes: int = WAITING_BYTES) -> None:
        self._name = name
        self._figures = figures
        self._waiting_bytes = waiting_bytes
        self._boxes: dict[str, _Box] = {}
        self._busy: deque[_Box] = deque()
        self._due = False

    def __contains__(self, room: str) -> bool:
        return room in self._boxes

    @property
    def rooms(self) -> list[str]:
        return list(self._boxes)

    def listen(self, room: str, listener: Listener) -> None:
        """From now on this one hears the room; what waits is for it too."""
        if room in self._boxes:
            self._boxes[room].listener = listener
        else:
            self._boxes[room] = _Box(listener)

    def forget(self, room: str) -> None:
        """Nobody hears the room any more; unknown ones are fine."""
        if (box := self._boxes.pop(room, None)) is not None:
            box.items.clear()

    def clear(self) -> None:
        for room in self.rooms:
            self.forget(room)

    def missed(self, room: str) -> None:
        """Anything may be lost in this room; unknown ones are fine."""
        if (box := self._boxes.get(room)) is not None:
            self._put(box, None, (None,))

    def take(self, envelope: Envelope) -> None:
        """What came; one's own, and what nobody listens to, is nothing."""
        kind, origin, number, room, payloads = envelope
        box = self._boxes.get(room)
        if box is None or origin == self._name:
            return
        full = box.size > 0 and box.size + sum(map(len, payloads)) > self._waiting_bytes
        old = len(payloads) if full else 0
        if kind in (Kind.HEAD, Kind.DIRECT):
            lost = box.incoming.head(origin, number)
        elif full:
            return  # its numbers are missing from now on, as those of any lost one
        else:
            lost, old = box.incoming.messages(
                origin, number, len(payloads), opening=kind is Kind.OPENING
            )
        if lost:
            self._figures.gaps += 1
            self._put(box, origin, (None,))
        if old < len(payloads):
            self._put(box, origin, payloads[old:] if old else payloads)

    def _put(self, box: _Box, who: str | None, payloads: Iterable[bytes | None]) -> None:
        if not box.items:
            self._busy.append(box)
        for payload in payloads:
            box.put(who, payload)
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        until = time.perf_counter() + SLICE_SECONDS
        while self._busy:
            box = self._busy.popleft()
            if not box.items:  # forgotten meanwhile
                continue
            who, payload = box.take()
            if box.items:
                self._busy.append(box)
            self._call(box.listener, who, payload)
            if time.perf_counter() > until:
                break
        self._due = bool(self._busy)
        if self._due:
            asyncio.get_running_loop().call_soon(self._serve)

    def _call(self, listener: Listener, who: str | None, payload: bytes | None) -> None:
        try:
            if payload is None or who is None:
                listener.missed(who)
            else:
                self._figures.received += 1
                listener.hear(who, payload)
        except Exception:  # one room's mistake must not end the others' bus
            log.exception("a listener failed", origin=who)
