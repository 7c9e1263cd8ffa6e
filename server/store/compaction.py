"""Compaction: the many small chunks of a document nobody edits become few large ones.

A large chunk is inserted under an id of its own before the small ones it was made of are
deleted, so whatever moment it is stopped at, every edit is still in some chunk and ``reading``
finds it. What an earlier compaction left behind is deleted on the way.

Two at once do no harm, nor does the filing of more edits in place of some that were filed before:
a chunk is only deleted while one is stored that comes before it in
``READING_ORDER`` or is longer, and holds all of its edits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from pymongo.errors import DuplicateKeyError

from server.store.database import Collection, Document
from server.store.filing import READING_ORDER, as_stored, chunk
from server.store.reading import HistoryGap

MERGED_BYTES: Final = 1024 * 1024
"""Bytes of edits in a merged chunk at most; a single chunk may be larger and stays as it is."""

DELETED: Final = 100
"""Chunks deleted at a time, to hold up nobody else."""


async def compact(history: Collection, room: str, writer: str, upto: int) -> AsyncIterator[str]:
    """Merge the chunks of ``room`` that hold edits of ``writer`` up to number ``upto`` only.

    Yields after every change what was done; it may be given up after any of them. Raises
    ``HistoryGap``, or the driver's error.
    """
    covered = size = 0
    group: list[Document] = []
    chosen = {"room": room, "writer": as_stored(writer), "last": {"$lte": upto}}
    found = history.find(chosen).sort(READING_ORDER)
    async for row in found.allow_disk_use(True):
        if row["last"] <= covered:
            await history.delete_one({"_id": row["_id"], "last": {"$lte": covered}})
            yield "deleted a chunk that was merged before"
            continue
        if row["first"] > covered + 1:
            raise HistoryGap(f"Edit {covered + 1} of {room} is missing.")
        size += len(row["edits"])
        if size > MERGED_BYTES or row["first"] <= covered:
            async for step in _merge(history, group):
                yield step
            group, size = [], len(row["edits"])
        covered = row["last"]
        group.append(row)
    async for step in _merge(history, group):
        yield step


async def _merge(history: Collection, group: list[Document]) -> AsyncIterator[str]:
    """Put consecutive chunks into one."""
    if len(group) < 2:
        return
    room, writer = group[0]["room"], group[0].get("writer") or ""
    first, last = group[0]["first"], group[-1]["last"]
    together = [bytes(each["edits"]) for each in group]
    merged = {**chunk(room, writer, first, together, f"-{last}"), "last": last}
    try:
        await history.insert_one(merged)
    except DuplicateKeyError:
        # by a compaction that was stopped here, or by one that runs beside this one
        yield "found the merged chunk"
    else:
        yield "inserted the merged chunk"
    ids = [each["_id"] for each in group]
    for start in range(0, len(ids), DELETED):
        some = ids[start : start + DELETED]
        # one that was filed again meanwhile, with more edits, stays
        await history.delete_many({"_id": {"$in": some}, "last": {"$lte": last}})
        yield "deleted merged chunks"
