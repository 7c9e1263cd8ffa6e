"""The documents of rooms as stored: a row each with epoch and newest snapshot, and their edits.

Anybody may read these. A row is ``{_id: room, epoch, closed, state, seq, covers, lease, open}``:
``state`` holds the edits of each writer up to its number in ``covers``, and those without a
writer up to ``seq``; ``snapshots`` tells of ``lease``, ``openings`` of ``open``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from bson import Binary

from crdt.history import Entry
from server.errors import NoSuchDocument
from server.store import compaction, filing, reading
from server.store.database import DOCUMENTS, HISTORY, Database, Document, reaching_storage
from server.store.edits import pack
from server.store.room_log import Stored


def covers_of(row: Document) -> dict[str, int]:
    """Which edits of each writer the row's snapshot holds."""
    return {"": int(row["seq"]), **row.get("covers", {})}


def snapshot_of(covers: Mapping[str, int], state: bytes) -> dict[str, Any]:
    """The part of a row that is one snapshot, stored whole or not at all."""
    named = {writer: last for writer, last in covers.items() if writer}
    return {"seq": covers.get("", 0), "covers": named, "state": Binary(state)}


class Documents:
    """All of these raise ``StorageUnavailable``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._documents = database.collection(DOCUMENTS)
        self._history = database.collection(HISTORY)

    async def create(self, room: str, epoch: str, entry: Entry) -> None:
        """Store a new document whose first edit is ``entry``; durable on return."""
        row = {"_id": room, "epoch": epoch, "closed": False, "seq": 1}
        with reaching_storage():
            await self._history.insert_one(filing.chunk(room, "", 1, [pack(*entry)]))
            await self._documents.insert_one({**row, "state": Binary(entry.update)})

    async def read(self, room: str) -> Stored:
        """Everything about ``room`` that is durable at this moment.

        Raises ``NoSuchDocument``, or ``FrameError`` when it is damaged.
        """
        with reaching_storage():
            row = await self._documents.find_one({"_id": room})
        if row is None:
            raise NoSuchDocument
        return await self.stored(row)

    async def stored(self, row: Document, writer: str = "") -> Stored:
        """The same for a row that was read already; ``seq`` is that of ``writer``."""
        with reaching_storage():
            found = await reading.beyond(self._database, row["_id"], covers_of(row))
        updates = [bytes(row["state"]), *found.updates]
        seq = found.covers.get(writer, 0)
        return Stored(row["epoch"], row["closed"], updates, seq, found.covers)

    async def close(self, room: str) -> None:
        """Mark a document as one nobody edits any more."""
        with reaching_storage():
            await self._documents.update_one({"_id": room}, {"$set": {"closed": True}})

    async def renew(self, room: str, whole: Callable[[Stored], bytes]) -> bool:
        """Store what ``whole`` makes of a document as its snapshot where edits lie behind the last
        one, and nobody stores one meanwhile or has begun to; return whether it did.

        Raises ``NoSuchDocument``, and what ``whole`` does.
        """
        with reaching_storage():
            row = await self._documents.find_one({"_id": room})
            if row is None:
                raise NoSuchDocument
            stored = await self.stored(row)
            if len(stored.updates) < 2:
                return False
            same = {"_id": room, **{each: row.get(each) for each in ("seq", "covers", "lease")}}
            snapshot = snapshot_of(stored.covers, whole(stored))
            done = await self._documents.update_one(same, {"$set": snapshot})
        return bool(done.matched_count)

    async def compact(self, room: str) -> AsyncIterator[str]:
        """Merge the chunks of ``room`` that its snapshot covers, a step at a time (see
        ``compaction.compact``)."""
        with reaching_storage():
            row = await self._documents.find_one({"_id": room}, {"seq": 1, "covers": 1})
            if row is not None:
                for writer, last in covers_of(row).items():
                    async for step in compaction.compact(self._history, room, writer, last):
                        yield step
