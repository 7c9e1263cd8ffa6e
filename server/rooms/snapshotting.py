"""Snapshots of open rooms: of a room that several workers have open, one worker takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import structlog

from crdt.errors import CrdtError
from server.errors import StorageUnavailable
from server.store.journal import Journal

if TYPE_CHECKING:
    from server.rooms.room import Room

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
"""How often it is looked which rooms need a new snapshot."""


class Snapshotting:
    """Of all rooms of a worker. ``every``: edits between two snapshots."""

    def __init__(self, journal: Journal, rooms: Mapping[str, Room], every: int) -> None:
        self._journal, self._rooms, self._every = journal, rooms, every

    async def take(self, room: Room, *, hurry: bool = True) -> None:
        """Keep the document as it is now, once every edit in it is in the journal, unless another
        worker does so for this room."""
        async with room.snapshotting:
            if room.snapshot_at == room.log.appended:
                return
            try:
                await self._take(room, hurry=hurry)
            except (StorageUnavailable, CrdtError) as error:
                log.warning("no snapshot", session=room.session_id, error=str(error))
            except Exception:  # the database refused it; the journal has it all
                log.exception("no snapshot", session=room.session_id)

    async def release(self, session_id: str) -> None:
        """Let another worker take the snapshots of a room that was put away."""
        try:
            await self._journal.snapshots.release(session_id)
        except StorageUnavailable:
            log.warning("snapshots not left to others", session=session_id)

    async def take_forever(self) -> None:
        """One room after the other, however many need it: nobody's typing waits for them."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for room in list(self._rooms.values()):
                if room.log.appended - room.snapshot_at >= self._every:
                    await self.take(room, hurry=False)

    async def _take(self, room: Room, *, hurry: bool) -> None:
        snapshots = self._journal.snapshots
        if not await snapshots.hold(room.session_id):
            room.snapshot_at = room.log.appended  # that worker has these edits too, or will
            return
        updates, covers = await self._journal.news(room.session_id, room.covers)
        if not room.catch_up(updates):
            return
        room.covers = covers
        number = room.log.appended
        covers, state = room.snapshot()
        await self._journal.flush(room.log, hurry=hurry)
        if await snapshots.store(room.session_id, covers, state):
            room.snapshot_at = number
