"""Filing: edits from the group commits (``journal``) into chunks by room (``history``).

A chunk is ``{_id: "<room>:<first>", room, first, last, edits}`` with consecutive edits of one
room (``edits.pack``), a group commit ``{_id, worker, number, edits}`` with those of all
(``pack_record``).
A chunk is inserted before the group commits it came from are removed, so a crash in between
leaves edits in both places; ``recover`` then files only those beyond the last chunk.
``compaction`` later merges small chunks into large ones, so that chunks may overlap.

What is filed of a room has no gaps, at any moment, for ``recover`` looks at the last edit only: of
several chunks of one room each is stored before the next is sent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from itertools import accumulate, zip_longest
from typing import Any, Final

from bson import Binary, ObjectId
from pymongo.errors import BulkWriteError, DuplicateKeyError

from crdt.history import Entry
from server.errors import StorageUnavailable
from server.store.database import Collection, Document
from server.store.edits import Record, unpack, unpack_records

DUPLICATE_KEY: Final = 11_000
RECOVER_DOCUMENTS: Final = 200
RECOVER_BYTES: Final = 16 * 1024 * 1024
"""Group commits, and bytes of edits in them, filed at a time while recovering, to bound memory."""

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Bytes of edits in a chunk; one edit may be larger. A MongoDB document holds 16 MB, and one room
can make more than that in the seconds between two filings."""

CHUNKS: Final = 16
"""Chunks inserted at a time: filing hundreds at once would hold up what people type."""

READING_ORDER: Final = [("first", 1), ("last", -1), ("_id", 1)]
"""How the chunks of a room follow one another. Of those that begin alike the longest comes first,
so whatever of it is also in others need not be read; the id decides among equals, so that all
who look find the same ones needless."""


class HistoryGap(StorageUnavailable):
    """Chunks of a room are missing in between: what is there is not the whole."""


def chunk(room: str, first: int, entries: Sequence[bytes]) -> Document:
    """Packed edits of one room, numbered from ``first``, as stored."""
    return {
        "_id": f"{room}:{first}",
        "room": room,
        "first": first,
        "last": first + len(entries) - 1,
        "edits": Binary(b"".join(entries)),
    }


def chunks(room: str, first: int, entries: Sequence[bytes]) -> list[Document]:
    """Packed edits of one room, numbered from ``first``, as the chunks they fit in, in order. With
    more edits behind the same ``first``, all chunks but the last would be the same."""
    ends = list(accumulate(map(len, entries)))
    made: list[Document] = []
    start = size = 0
    while start < len(entries):
        end = max(start + 1, bisect_right(ends, size + CHUNK_BYTES))
        made.append(chunk(room, first + start, entries[start:end]))
        start, size = end, ends[end - 1]
    return made


def commit(records: Sequence[bytes], worker: str, number: int) -> Document:
    """Packed new edits of any rooms, as stored by a worker; ``number`` grows with each of its
    commits. The clock, and so the id, may step back."""
    edits = Binary(b"".join(records))
    return {"_id": ObjectId(), "worker": worker, "number": number, "edits": edits}


async def read(
    history: Collection, room: str, after: int
) -> AsyncIterator[tuple[list[Entry], int]]:
    """The chunks of ``room`` that hold edits numbered above ``after``: those edits, and the
    number of the last. Each edit comes once even where chunks overlap.

    Raises ``FrameError`` when one cannot be read, ``HistoryGap`` when one is missing.
    """
    found = history.find({"room": room, "last": {"$gt": after}}).sort(READING_ORDER)
    async for row in found.allow_disk_use(True):
        if row["last"] <= after:
            continue
        if row["first"] > after + 1:
            raise HistoryGap(f"Edit {after + 1} of {room} is missing.")
        entries = unpack(row["edits"])[after + 1 - row["first"] :]
        after = row["last"]
        yield entries, after


async def read_all(history: Collection, room: str, after: int) -> tuple[list[Entry], int]:
    """The edits of ``room`` numbered above ``after``, and the number of the last (``after`` if
    there are none). Raises as ``read``."""
    try:
        return await _read_all(history, room, after)
    except HistoryGap:
        # chunks were merged while they were read; their edits are in others now
        return await _read_all(history, room, after)


async def _read_all(history: Collection, room: str, after: int) -> tuple[list[Entry], int]:
    found: list[Entry] = []
    async for entries, last in read(history, room, after):
        found += entries
        after = last
    return found, after


async def file(
    journal: Collection, history: Collection, rooms: Sequence[list[Document]], commits: list[Any]
) -> None:
    """Store the chunks of each room in their order, then remove the group commits (by id) that
    they were made of.

    Raises the driver's error; the same call may then be made again.
    """
    for chunk_of_each in zip_longest(*rooms):
        ready = [each for each in chunk_of_each if each is not None]
        for start in range(0, len(ready), CHUNKS):
            await _insert(history, ready[start : start + CHUNKS])
    await journal.delete_many({"_id": {"$in": commits}})


async def recover(journal: Collection, history: Collection, worker: str) -> int:
    """File every group commit of ``worker``, in the order they were made; return how many edits
    that were.

    Only for a worker that writes no more. Doing it twice, also at the same time, changes
    nothing. Raises ``FrameError`` when one cannot be read.
    """
    total = size = 0
    rows: list[Document] = []
    async for row in journal.find({"worker": worker}).sort("number", 1).allow_disk_use(True):
        rows.append(row)
        size += len(row["edits"])
        if len(rows) == RECOVER_DOCUMENTS or size >= RECOVER_BYTES:
            total += await _refile(journal, history, rows)
            rows, size = [], 0
    return total + await _refile(journal, history, rows)


async def _refile(journal: Collection, history: Collection, rows: list[Document]) -> int:
    """File what of these group commits is not filed yet; return how many edits that were."""
    by_room: dict[str, list[Record]] = {}
    for row in rows:
        for record in unpack_records(row["edits"]):
            by_room.setdefault(record.room, []).append(record)
    found = []
    for room, records in by_room.items():
        last = await _last_filed(history, room)
        if new := [record for record in records if record.number > last]:
            found.append(chunks(room, new[0].number, [record.entry for record in new]))
    await file(journal, history, found, [row["_id"] for row in rows])
    return sum(each[-1]["last"] - each[0]["first"] + 1 for each in found)


async def _last_filed(history: Collection, room: str) -> int:
    row = await history.find_one({"room": room}, {"last": 1}, sort=[("last", -1)])
    return int(row["last"]) if row else 0


async def _insert(history: Collection, ready: list[Document]) -> None:
    """Insert chunks of different rooms; one whose id is there already was filed before a crash or
    a lost answer, and is replaced by the one that holds more."""
    try:
        await history.insert_many(ready, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(each["code"] != DUPLICATE_KEY for each in failed):
            raise
        for each in failed:
            again = ready[each["index"]]
            shorter = {"_id": again["_id"], "last": {"$lt": again["last"]}}
            with suppress(DuplicateKeyError):  # it is not shorter
                # inserted where it was merged into another one meanwhile, without what is new
                await history.replace_one(shorter, again, upsert=True)
