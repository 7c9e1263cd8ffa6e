"""A room read beside the server that writes it: nothing is changed, nothing is filed."""

from __future__ import annotations

from server.store.database import JOURNAL, Database, reaching_storage
from server.store.documents import Documents
from server.store.edits import Record, unpack, unpack_records
from server.store.room_log import Stored


async def read_room(database: Database, room: str) -> Stored:
    """Everything about ``room`` that is durable at this moment.

    Raises ``NoSuchDocument``, ``StorageUnavailable``, or ``FrameError`` when it is damaged.
    """
    with reaching_storage():
        # Group commits first: filing puts edits into chunks before it takes them from there,
        # so whatever is gone from the one by now will be found in the other.
        unfiled = await _unfiled(database, room)
        stored = await Documents(database).filed(room)
    updates, seq = list(stored.updates), stored.seq
    for record in unfiled:
        if record.number > seq:
            updates += [entry.update for entry in unpack(record.entry)]
            seq = record.number
    return stored._replace(updates=updates, seq=seq)


async def _unfiled(database: Database, room: str) -> list[Record]:
    found: list[Record] = []
    async for row in database.collection(JOURNAL).find().sort("_id", 1):
        found += [record for record in unpack_records(row["edits"]) if record.room == room]
    return sorted(found, key=lambda record: record.number)
