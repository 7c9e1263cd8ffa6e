"""One room, one writer: which worker journals a room stands in its document's row (``owner``).

Edits are numbered by whoever has the room open, so two workers that had the same one open would
give the same numbers to different edits. A room is claimed when it is loaded and released when
it was put away and everything in it is filed; what a worker that is gone has left is filed
before anybody else gets a room of its.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection as Some

import structlog
from pymongo import ReturnDocument

from server.errors import NoSuchDocument, RoomElsewhere
from server.shared import SharedCalls
from server.store import filing
from server.store.database import DOCUMENTS, HISTORY, JOURNAL, Database, Document, reaching_storage
from server.store.workers import Workers

log = structlog.stdlib.get_logger(__name__)


class Ownership:
    """The rooms of one worker."""

    def __init__(self, database: Database, workers: Workers) -> None:
        self.workers = workers
        workers.on_gone = self._take_over_once
        self._documents = database.collection(DOCUMENTS)
        self._journal = database.collection(JOURNAL)
        self._history = database.collection(HISTORY)
        self._held: set[str] = set()
        self._loading: set[str] = set()
        self._leaving: set[str] = set()
        self._releasing = asyncio.Lock()
        self._taking: SharedCalls[None] = SharedCalls()

    @property
    def name(self) -> str:
        """The worker's, as it stands in rows."""
        return self.workers.name

    async def claim(self, room: str) -> Document:
        """The row of a room that from now on only this worker writes.

        Raises ``NoSuchDocument``, ``RoomElsewhere`` or ``StorageUnavailable``.
        """
        async with self._releasing:  # or we might read the row just before we lose it
            self._loading.add(room)
        try:
            with reaching_storage():
                while (row := await self._claim(room)) is None:
                    pass
        except BaseException:
            self._loading.discard(room)
            raise
        self._held.add(room)
        return row

    async def _claim(self, room: str) -> Document | None:
        """One try; None: something has changed meanwhile, try again."""
        row: Document | None = await self._documents.find_one({"_id": room})
        if row is None:
            raise NoSuchDocument
        owner = row.get("owner")
        if owner is None:
            return await self._documents.find_one_and_update(
                {"_id": room, "owner": None},
                {"$set": {"owner": self.name}},
                return_document=ReturnDocument.AFTER,
            )
        if owner == self.name:
            return row
        if not await self.workers.is_gone(owner):
            raise RoomElsewhere
        await self._take_over_once(owner)
        return None

    def opened(self, room: str) -> None:
        """A claimed room is being written from now on."""
        self._loading.discard(room)
        self._leaving.discard(room)

    def leave(self, room: str) -> None:
        """A room that was put away; released as soon as it is filed."""
        self._leaving.add(room)

    async def release(self, unfiled: Some[str]) -> None:
        """Let others have what was left, except for rooms that are not filed yet. Raises the
        driver's error; it may then be called again."""
        async with self._releasing:
            free = [room for room in self._leaving - self._loading if room not in unfiled]
            if not free:
                return
            await self._documents.update_many(
                {"_id": {"$in": free}, "owner": self.name}, {"$unset": {"owner": ""}}
            )
            self._leaving.difference_update(free)
            self._held.difference_update(free)

    async def release_all(self) -> None:
        """On the way down, when everything is filed. Raises the driver's error."""
        self._leaving |= self._held
        await self.release(unfiled=())

    async def recover(self) -> int:
        """File what this worker's predecessor of the same name left, and free its rooms; return
        how many edits that were. Raises ``FrameError``."""
        edits = await filing.recover(self._journal, self._history, self.name)
        await self._free(self.name)
        return edits

    async def _take_over_once(self, name: str) -> None:
        await self._taking.get(name, lambda: self._take_over(name))

    async def _take_over(self, name: str) -> None:
        """File what a worker that is gone left, and free its rooms, unless it gives a sign.
        Doing it twice, also at the same time on two workers, changes nothing."""
        if not await self.workers.put_out(name):
            return
        edits = await filing.recover(self._journal, self._history, name)
        if not await self.workers.put_out(name):
            return  # it was started again meanwhile, and goes on with its rooms itself
        rooms = await self._free(name)
        await self.workers.forget(name)
        log.info("took over from a worker", worker=name, edits=edits, rooms=rooms)

    async def _free(self, name: str) -> int:
        """Let anybody have the rooms of a worker that is gone; return how many those are."""
        freed = await self._documents.update_many({"owner": name}, {"$unset": {"owner": ""}})
        return freed.modified_count
