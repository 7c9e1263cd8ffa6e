"""Once a minute: which sessions have somebody in their room, and what happened elsewhere.

Messages of other workers may be lost, and a session may be ended by a process without a room.
So the database is asked, for all open rooms at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from server.errors import Removed, StorageUnavailable
from server.rooms.hub import Hub
from server.stopping import stop
from server.store.members import Members
from server.store.sessions import Session, Sessions

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS: Final = 60.0
"""Whoever entered since the last look was marked as seen when they got their ticket."""


class Attendance:
    """`on_ended` gets each session whose room is still open although it has ended."""

    def __init__(
        self,
        hub: Hub,
        sessions: Sessions,
        members: Members,
        on_ended: Callable[[Session], Awaitable[None]],
    ) -> None:
        self._hub = hub
        self._sessions = sessions
        self._members = members
        self._on_ended = on_ended
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_forever(), name="attendance")

    async def close(self) -> None:
        if self._task is not None:
            await stop(self._task)

    async def look(self) -> None:
        """Mark the sessions somebody is in; close what ended and who was removed elsewhere.

        Raises StorageUnavailable.
        """
        rooms = [room for room in self._hub.rooms.values() if not room.closed]
        if seen := [room.session_id for room in rooms if room.connections]:
            await self._sessions.mark_seen(seen)
        ids = [room.session_id for room in rooms]
        if not ids:
            return
        for session in await self._sessions.completed_among(ids):
            await self._on_ended(session)
        before = {room: dict(room.removals) for room in rooms}
        found = await self._members.removals_of(ids)
        for room, known in before.items():
            if room.removals != known:
                continue  # it heard something while we asked, which is newer
            for removal in found.get(room.session_id, ()):
                if known.get(removal.user) != removal:
                    room.remove(removal, Removed.default)

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except StorageUnavailable:
                log.warning("attendance not taken, will be tried again")
            except Exception:  # the next look may well work
                log.exception("attendance not taken")
