"""Who was signed out everywhere: their connections in rooms are closed, and tickets of before
open nothing.

The bus tells all workers at once; where it could not, each looks once a minute, at those who are
in its rooms. So letting somebody in asks the database nothing, and whoever comes by a ticket of
before is out again within that minute at the latest.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from server.bus.base import Bus
from server.errors import StorageUnavailable
from server.rooms.attendance import LOOK_SECONDS
from server.rooms.hub import Hub
from server.store.users import Users

log = structlog.stdlib.get_logger(__name__)

TOPIC: Final = "sign-outs"
"""Their name on the bus; no session's id is like it."""

REASON: Final = "You were signed out; sign in again."


class SignOuts:
    """Of all rooms of one worker."""

    def __init__(self, hub: Hub, users: Users, bus: Bus) -> None:
        self._hub = hub
        self._bus = bus
        self._users = users
        self._known: dict[str, datetime] = {}  # one moment a person: it never grows beyond them
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._bus.subscribe(TOPIC, self)
        self._task = asyncio.create_task(self._look_forever(), name="sign-outs")

    async def close(self) -> None:
        await self._bus.unsubscribe(TOPIC)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def sign_out(self, user_id: str, at: datetime) -> None:
        """Close (4401) what somebody opened with a ticket of before that moment, at every worker,
        and take no such ticket from now on. Doing it again changes nothing."""
        self._bus.publish(TOPIC, f"{user_id} {at.isoformat()}".encode())
        self._take(user_id, at)

    def hear(self, _origin: str, payload: bytes) -> None:
        """Somebody was signed out by another worker. Never raises."""
        user_id, _, at = payload.decode(errors="replace").partition(" ")
        try:
            self._take(user_id, datetime.fromisoformat(at))
        except (ValueError, TypeError):
            log.error("bad message on the bus", topic=TOPIC)

    def missed(self, _origin: str | None) -> None:
        """So it is looked for now."""
        self._hurry.set()

    def _take(self, user_id: str, at: datetime) -> None:
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
            self._take(user_id, at)

    async def _look_forever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hurry.wait()
            self._hurry.clear()
            try:
                await self.look()
            except StorageUnavailable:
                log.warning("not looked who was signed out, will be tried again")
            except Exception:  # the next look may well work
                log.exception("not looked who was signed out")
