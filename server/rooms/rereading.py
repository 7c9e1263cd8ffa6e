"""What others stored while the bus carried nothing, for rooms that are open.

Whoever has a room open is asked what it has when the bus carries again. That is not enough: a
worker that was killed meanwhile, or that put the room away, is asked by nobody, and what it said
was saved is in the store alone. So a room reads there what it lacks whenever something may have
been stored that no worker will tell of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from crdt.errors import CrdtError
from server.bus.base import Bus
from server.errors import StorageUnavailable
from server.rooms.neighbours import GONE_SECONDS
from server.store.journal import Journal
from server.store.reading import HistoryGap

if TYPE_CHECKING:
    from server.rooms.room import Room

log = structlog.stdlib.get_logger(__name__)

RETRY_SECONDS: Final = 2.0
"""How soon a store that could not be read is asked again."""


class Rereading:
    """Of all rooms of a worker."""

    def __init__(
        self,
        journal: Journal,
        bus: Bus,
        rooms: Mapping[str, Room],
    ) -> None:
        self._journal, self._bus, self._rooms = journal, bus, rooms
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut_off = False
        """Whether the bus has carried nothing since all rooms were read."""

    def start(self) -> None:
        """From now on the bus' coming back has all rooms read."""
        self._bus.on_health.append(self._on_health)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._on_health in self._bus.on_health:
            self._bus.on_health.remove(self._on_health)

    def one(self, room: Room) -> None:
        """A worker that had the room open is gone, without a word."""
        self._spawn(self._read(room))

    def _on_health(self) -> None:
        if self._bus.trouble is not None:
            self._cut_off = True
        elif self._cut_off:
            self._cut_off = False
            self._spawn(self._all())

    def _spawn(self, reading: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(reading)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _all(self) -> None:
        """At once, and again when every other end of the bus is back as well, or is gone."""
        for wait in (0.0, GONE_SECONDS):
            await asyncio.sleep(wait)
            for room in list(self._rooms.values()):
                await self._read(room)

    async def _read(self, room: Room) -> None:
        """Until it was read, or the room is put away."""
        while self._rooms.get(room.session_id) is room:
            try:
                async with room.snapshotting:  # which reads the same, and changes `covers` too
                    updates, covers = await self._journal.news(room.session_id, room.covers)
                    if room.catch_up(updates):
                        room.covers = covers
                return
            except (CrdtError, HistoryGap) as error:
                log.warning("not read anew", session=room.session_id, error=str(error))
                return
            except StorageUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
