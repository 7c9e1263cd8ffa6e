"""Which workers have a room open (``open`` in the document's row), and what the dead ones left.

Any number of workers may have one open, for each numbers its own edits. That they have is told
to others only so that nobody ends a session in which somebody is. What a worker that is gone has
not filed is there for all who read (``reading``); somebody files it for it, in time.
"""

from __future__ import annotations

import structlog

from server.errors import NoSuchDocument
from server.shared import SharedCalls
from server.store import filing
from server.store.database import (
    DOCUMENTS,
    HISTORY,
    JOURNAL,
    WORKERS,
    Database,
    Document,
    change_one,
    reaching_storage,
)
from server.store.workers import Workers

log = structlog.stdlib.get_logger(__name__)


class Openings:
    """The rooms of one worker."""

    def __init__(self, database: Database, workers: Workers) -> None:
        self.workers = workers
        workers.on_gone = self._take_over_once
        self._documents = database.collection(DOCUMENTS)
        self._journal = database.collection(JOURNAL)
        self._history = database.collection(HISTORY)
        self._known = database.collection(WORKERS)
        self._left: set[str] = set()
        self._marked: set[str] = set()
        """Rooms that were opened since the last release began."""
        self._taking: SharedCalls[None] = SharedCalls()

    async def mark(self, room: str) -> Document:
        """The row of a room that this worker has open from now on.

        Raises ``NoSuchDocument`` or ``StorageUnavailable``.
        """
        self._left.discard(room)
        self._marked.add(room)
        with reaching_storage():
            ours = {"$addToSet": {"open": self.workers.name}}
            row = await change_one(self._documents, {"_id": room}, ours)
        if row is None:
            raise NoSuchDocument
        return row

    def leave(self, room: str) -> None:
        """A room that was put away; told with the next ``release``."""
        self._left.add(room)

    async def release(self) -> None:
        """Tell which rooms were left. Raises the driver's error; it may then be called again."""
        self._marked.clear()
        if not (left := list(self._left)):
            return
        ours = {"open": self.workers.name}
        await self._documents.update_many({"_id": {"$in": left}}, {"$pull": ours})
        self._left.difference_update(left)
        if again := [room for room in left if room in self._marked]:
            # opened meanwhile, and the one may have come after the other
            await self._documents.update_many({"_id": {"$in": again}}, {"$addToSet": ours})

    async def release_all(self) -> None:
        """On the way down, when everything is filed. Raises the driver's error."""
        await self._free(self.workers.name)

    async def recover(self) -> int:
        """File what this worker's predecessors of the same name left, and what is left of workers
        nobody knows any more; return how many edits that were. Raises ``FrameError``."""
        edits = 0
        alive = {row["_id"] async for row in self._known.find({}, {"_id": 1})}
        for name in {self.workers.name, *await self._journal.distinct("worker")}:
            # one that starts just now has its row before it writes
            if name == self.workers.name or name not in alive:
                edits += await filing.recover(self._journal, self._history, name)
        await self._free(self.workers.name)
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
        for take_over in self.workers.on_put_out:
            await take_over(name)
        rooms = await self._free(name)
        await self.workers.forget(name)
        log.info("took over from a worker", worker=name, edits=edits, rooms=rooms)

    async def _free(self, name: str) -> int:
        """A worker that is gone has no room open; return how many it had."""
        leases = {"lease.worker": name}
        await self._documents.update_many(leases, {"$unset": {"lease.worker": ""}})
        theirs = {"open": name}
        freed = await self._documents.update_many(theirs, {"$pull": theirs})
        return freed.modified_count
