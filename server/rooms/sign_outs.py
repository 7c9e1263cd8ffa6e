"""Who was signed out everywhere: their connections in rooms are closed, and tickets of before
open nothing.

Of what was done here a worker knows at once; for the rest it looks once a minute, at those who are
in its rooms. So letting somebody in asks the database nothing, and whoever comes to another worker
by a ticket of before is out again within that minute.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import structlog

from server.errors import StorageUnavailable
from server.rooms.attendance import LOOK_SECONDS
from server.rooms.hub import Hub
from server.store.users import Users

log = structlog.stdlib.get_logger(__name__)

REASON: Final = "You were signed out; sign in again."


class SignOuts:
    """Of all rooms of one worker."""

    def __init__(self, hub: Hub, users: Users) -> None:
        self._hub = hub
        self._users = users
        self._known: dict[str, datetime] = {}  # one moment a person: it never grows beyond them
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_forever(), name="sign-outs")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def sign_out(self, user_id: str, at: datetime) -> None:
        """Close (4401) what somebody opened with a ticket of before that moment, and take no such
        ticket from now on. Doing it again changes nothing."""
        self._known[user_id] = at
        for room in self._hub.rooms.values():
            room.sign_out(user_id, at, REASON)

    def refuses(self, user_id: str, ticket_from: datetime) -> bool:
        """Whether a ticket of that moment is not good any more, as far as is known here."""
        at = self._known.get(user_id)
        return at is not None and ticket_from <= at

    async def look(self) -> None:
        """Sign out whoever was signed out elsewhere. Raises StorageUnavailable."""
        here = {peer.user_id for room in self._hub.rooms.values() for peer in room.connections}
        for user_id, at in (await self._users.signed_out(here)).items():
            self.sign_out(user_id, at)

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except StorageUnavailable:
                log.warning("not looked who was signed out, will be tried again")
            except Exception:  # the next look may well work
                log.exception("not looked who was signed out")
