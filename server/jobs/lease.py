"""A lease: of all workers one does the work, and another takes over when that one is gone.

It is a row ``{_id: name, holder, until}``. Times are the database's own (``Database.clock``), so
the clocks of the workers need not agree. That time is asked for before the row is changed, so it
is a little late: a lease is taken over a little later, and never earlier, than it ends.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.errors import StorageUnavailable
from server.stopping import stop
from server.store.database import LEASES, Database, reaching_storage

log = structlog.stdlib.get_logger(__name__)

LEASE_SECONDS: Final = 30.0
RELEASE_SECONDS: Final = 2.0  # a database that is away must not hold up the stop

TROUBLE: Final = (StorageUnavailable, PyMongoError, TimeoutError)


class Lease:
    """One worker's claim on a name. It is renewed after a third of its time; when that fails
    until it is nearly over, the work is stopped, before anybody else can begin."""

    def __init__(self, database: Database, name: str, seconds: float = LEASE_SECONDS) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._database = database
        self._leases = database.collection(LEASES)
        self._name = name
        self._seconds = seconds
        self._safe_until = 0.0
        """Until when, by the event loop's clock, nobody else can have it."""

    async def take(self) -> bool:
        """Takes it, or holds it longer; False while somebody else has it.

        Raises StorageUnavailable, or the driver's error.
        """
        asked = asyncio.get_running_loop().time()
        moment = await self._database.clock()
        mine_or_free = {
            "_id": self._name,
            "$or": [{"holder": self.holder}, {"until": {"$lte": moment}}],
        }
        until = moment + timedelta(seconds=self._seconds)
        try:
            with reaching_storage():
                await self._leases.update_one(
                    mine_or_free, {"$set": {"holder": self.holder, "until": until}}, upsert=True
                )
        except DuplicateKeyError:  # there is one, and neither mine nor free
            return False
        # a sixth is left for the work to stop
        self._safe_until = asked + self._seconds * 5 / 6
        return True

    async def current(self) -> str | None:
        """Who holds it, if anybody does. Raises as `take`."""
        moment = await self._database.clock()
        with reaching_storage():
            row = await self._leases.find_one({"_id": self._name, "until": {"$gt": moment}})
        return str(row["holder"]) if row else None

    async def give_back(self) -> None:
        """Lets somebody else begin at once. Raises as `take`."""
        with reaching_storage():
            await self._leases.delete_one({"_id": self._name, "holder": self.holder})

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work whenever the lease can be had, for ever; cancel it to stop."""
        try:
            while True:
                if await self._taken():
                    await self._work_while_held(work)
                await asyncio.sleep(self._seconds / 3)
        finally:
            with suppress(*TROUBLE):
                async with asyncio.timeout(RELEASE_SECONDS):
                    await self.give_back()

    async def _taken(self) -> bool:
        try:
            return await self.take()
        except TROUBLE as error:
            log.warning("lease not taken", lease=self._name, error=str(error))
            return False

    async def _work_while_held(self, work: Callable[[], Awaitable[None]]) -> None:
        """Returns when the lease is lost, the work stopped; raises what the work raises."""
        log.debug("lease taken", lease=self._name, holder=self.holder)
        working = asyncio.ensure_future(work())
        holding = asyncio.create_task(self._hold())
        try:
            await asyncio.wait((working, holding), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            else:
                log.error("lease lost; the work stops", lease=self._name)
        finally:
            await stop(working, holding)

    async def _hold(self) -> None:
        """Returns when the lease is lost, or so close to its end that it might be."""
        clock = asyncio.get_running_loop().time
        wait = self._seconds / 3
        while True:
            await asyncio.sleep(min(wait, self._safe_until - clock()))
            try:
                async with asyncio.timeout_at(self._safe_until):
                    if not await self.take():
                        return
                wait = self._seconds / 3
            except TROUBLE as error:
                if clock() >= self._safe_until:
                    return
                log.warning("lease not renewed yet", lease=self._name, error=str(error))
                wait = self._seconds / 30
