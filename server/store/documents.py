"""The documents of rooms as stored: a row each with epoch and newest snapshot, and filed edits.

Anybody may read these, and a snapshot may come from anybody: it never replaces a newer one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from bson import Binary

from crdt.history import Entry
from server.errors import NoSuchDocument
from server.store import compaction, filing
from server.store.database import DOCUMENTS, HISTORY, Database, Document, reaching_storage
from server.store.edits import pack
from server.store.room_log import Stored


class Documents:
    """All of these raise ``StorageUnavailable``."""

    def __init__(self, database: Database) -> None:
        self._documents = database.collection(DOCUMENTS)
        self._history = database.collection(HISTORY)

    async def create(self, room: str, epoch: str, entry: Entry) -> None:
        """Store a new document whose first edit is ``entry``; durable on return."""
        row = {"_id": room, "epoch": epoch, "closed": False, "seq": 1}
        with reaching_storage():
            await self._history.insert_one(filing.chunk(room, 1, [pack(*entry)]))
            await self._documents.insert_one({**row, "state": Binary(entry.update)})

    async def filed(self, room: str) -> Stored:
        """What of ``room`` is filed by now, for whoever does not write it. Raises
        ``NoSuchDocument``."""
        with reaching_storage():
            row = await self._documents.find_one({"_id": room})
            if row is None:
                raise NoSuchDocument
            return await self.stored(row)

    async def stored(self, row: Document) -> Stored:
        """The same for a row that was read already."""
        seq = int(row["seq"])
        with reaching_storage():
            entries, last = await filing.read_all(self._history, row["_id"], after=seq)
        updates = [bytes(row["state"]), *(entry.update for entry in entries)]
        return Stored(row["epoch"], row["closed"], updates, last)

    async def snapshot(self, room: str, seq: int, state: bytes) -> None:
        """Keep ``state``, the document after edit ``seq``."""
        with reaching_storage():
            await self._documents.update_one(
                {"_id": room, "seq": {"$lt": seq}}, {"$set": {"seq": seq, "state": Binary(state)}}
            )

    async def close(self, room: str) -> None:
        """Mark a document as one nobody edits any more."""
        with reaching_storage():
            await self._documents.update_one({"_id": room}, {"$set": {"closed": True}})

    async def compact(self, room: str) -> AsyncIterator[str]:
        """Merge the chunks of ``room`` that its snapshot covers, a step at a time (see
        ``compaction.compact``)."""
        with reaching_storage():
            row = await self._documents.find_one({"_id": room}, {"seq": 1})
            if row is not None:
                async for step in compaction.compact(self._history, room, int(row["seq"])):
                    yield step
