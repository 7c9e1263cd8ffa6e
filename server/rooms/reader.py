"""Reads the sockets of all rooms: each as soon as it has something, or many at a time.

A keystroke that arrives alone is read at once. When so many arrive that the loop would be
woken for every single one, sockets are looked at in ticks instead: waking up, with all its
cold caches, is most of what a keystroke then costs. Network drivers do the same between
interrupts and polling.
"""

from __future__ import annotations

import asyncio
import os
import select
from contextlib import suppress
from typing import Final, Protocol

import structlog

from server.rooms.wire import Turn

log = structlog.stdlib.get_logger(__name__)

TICK_SECONDS: Final = (0.001, 0.002)
"""How often sockets are looked at while many have something: what an edit may be delayed by.
Nobody feels less than ten times that. Shorter when ``CROWD`` had something the last time: then
waking up is shared by enough of them."""

CROWD: Final = 8

BUSY_WAKES: Final = 4
"""So many wakings, each within a tick of the one before, are many. An edit and the
cursor behind it may be two."""

READ_BYTES: Final = 8 * 1024
"""What is read of a socket at first: room for a keystroke's frames many times over."""

READ_ON_BYTES: Final = 256 * 1024
"""What is read of a socket that had ``READ_BYTES``."""


class Readable(Protocol):
    """What is read for."""

    def data_received(self, data: bytes) -> None:
        """What has arrived."""

    def eof(self, error: Exception | None) -> None:
        """Nothing more will."""


class Reader:
    """One for all rooms of a worker. ``turn`` ends whenever a round of reading is over."""

    def __init__(self, turn: Turn) -> None:
        """Raises ``AttributeError`` where there is no epoll."""
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._sockets: dict[int, Readable] = {}
        self._woken = 0.0
        self._wakes = 0
        self._watch()

    def add(self, fileno: int, readable: Readable) -> None:
        """Read a socket from now on; nobody else may."""
        self._epoll.register(fileno, select.EPOLLIN)
        self._sockets[fileno] = readable

    def remove(self, fileno: int, readable: Readable) -> None:
        """No longer, while it is still open. Doing it twice changes nothing, also when the
        number is another's by then."""
        if self._sockets.get(fileno) is readable:
            del self._sockets[fileno]
            self._epoll.unregister(fileno)

    def close(self) -> None:
        """Read nothing any more."""
        self._sockets.clear()
        if not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _watch(self) -> None:
        """Be woken as soon as any socket has something: an epoll can itself be watched."""
        self._wakes = 0
        self._loop.add_reader(self._epoll.fileno(), self._on_wake)

    def _on_wake(self) -> None:
        now = self._loop.time()
        self._wakes = self._wakes + 1 if now - self._woken < TICK_SECONDS[1] else 0
        self._woken = now
        self._read()
        if self._wakes >= BUSY_WAKES and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._loop.call_later(TICK_SECONDS[1], self._on_tick)

    def _on_tick(self) -> None:
        if self._epoll.closed:
            return
        if read := self._read():
            self._loop.call_later(TICK_SECONDS[read < CROWD], self._on_tick)
        else:
            self._watch()

    def _read(self) -> int:
        """Read every socket that has something; return how many had."""
        ready = self._epoll.poll(0)
        with self._turn:
            for fileno, _ in ready:
                readable = self._sockets.get(fileno)
                if readable is not None:
                    self._read_one(fileno, readable)
        return len(ready)

    def _read_one(self, fileno: int, readable: Readable) -> None:
        """Read one; whatever goes wrong ends this one and no other."""
        try:
            data = os.read(fileno, READ_BYTES)
            if len(data) == READ_BYTES:
                with suppress(OSError):  # nothing more for now, or what the next round sees
                    data += os.read(fileno, READ_ON_BYTES)
            if data:
                readable.data_received(data)
            else:
                self._end(fileno, readable, None)
        except BlockingIOError:
            pass
        except OSError as error:
            self._end(fileno, readable, error)
        except Exception as error:
            log.exception("reading failed")
            self._end(fileno, readable, error)

    def _end(self, fileno: int, readable: Readable, error: Exception | None) -> None:
        self.remove(fileno, readable)
        readable.eof(error)
