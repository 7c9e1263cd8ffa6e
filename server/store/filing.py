"""Filing: edits from the group commits (``journal``) into chunks by room (``history``).

A chunk is ``{_id: "<room>:<first>", room, first, last, edits: [[at, author, update], …]}``.
It is inserted before the group commits it came from are removed, so a crash in between
leaves edits in both places; ``recover`` then files only those beyond the last chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from bson import Binary, ObjectId
from pymongo.errors import BulkWriteError

from crdt.history import Entry
from server.store.database import Collection

DUPLICATE_KEY: Final = 11_000
RECOVER_DOCUMENTS: Final = 200
"""Group commits read and filed at a time while recovering, to bound memory."""

Chunk = dict[str, Any]


def chunk(room: str, first: int, entries: Iterable[Entry]) -> Chunk:
    """Edits of one room, numbered from ``first``, as stored."""
    edits = [[entry.at, entry.author, Binary(entry.update)] for entry in entries]
    return {
        "_id": f"{room}:{first}",
        "room": room,
        "first": first,
        "last": first + len(edits) - 1,
        "edits": edits,
    }


async def read(
    history: Collection, room: str, after: int
) -> AsyncIterator[tuple[list[Entry], int]]:
    """The chunks of ``room`` that hold edits numbered above ``after``: those edits, and the
    number of the last. Each edit comes once even where chunks overlap."""
    async for row in history.find({"room": room, "last": {"$gt": after}}).sort("last", 1):
        if row["last"] <= after:
            continue
        entries = _entries(row, after)
        after = row["last"]
        yield entries, after


class Unfiled:
    """What this worker has committed but not filed yet."""

    def __init__(self) -> None:
        self._edits: dict[str, tuple[int, list[Entry]]] = {}
        self._commits: list[ObjectId] = []
        self._filing = asyncio.Lock()

    def has(self, room: str) -> bool:
        """Whether edits of ``room`` are waiting, or just being filed."""
        return room in self._edits or self._filing.locked()

    def add(self, room: str, first: int, entries: list[Entry]) -> None:
        """Note durable edits; ``first`` continues what was noted before."""
        self._edits.setdefault(room, (first, []))[1].extend(entries)

    def committed(self, commit: ObjectId) -> None:
        """Note the group commit that holds edits about to be added."""
        self._commits.append(commit)

    async def file(self, journal: Collection, history: Collection) -> None:
        """File everything noted. Raises the driver's error; then nothing is forgotten."""
        async with self._filing:
            if not self._commits:
                return
            edits, self._edits = self._edits, {}
            commits, self._commits = self._commits, []
            try:
                chunks = [chunk(room, first, entries) for room, (first, entries) in edits.items()]
                await _insert(history, chunks)
                await journal.delete_many({"_id": {"$in": commits}})
            except BaseException:
                self._put_back(edits, commits)
                raise

    def _put_back(self, edits: dict[str, tuple[int, list[Entry]]], commits: list[ObjectId]) -> None:
        self._commits[:0] = commits
        for room, (first, entries) in edits.items():
            later = self._edits.get(room, (0, []))[1]
            self._edits[room] = (first, entries + later)


async def recover(journal: Collection, history: Collection) -> int:
    """File every group commit there is, oldest first; return how many edits that were.

    Only for when no other worker writes to ``journal``.
    """
    total = 0
    while rows := await journal.find().sort("_id", 1).limit(RECOVER_DOCUMENTS).to_list():
        by_room: dict[str, list[Chunk]] = {}
        for row in rows:
            for part in row["rooms"]:
                by_room.setdefault(part["room"], []).append(part)
        chunks = []
        for room, parts in by_room.items():
            last = await _last_filed(history, room)
            entries = [entry for part in parts for entry in _entries(part, after=last)]
            if entries:
                chunks.append(chunk(room, max(parts[0]["first"], last + 1), entries))
                total += len(entries)
        await _insert(history, chunks)
        await journal.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
    return total


def _entries(part: Chunk, after: int) -> list[Entry]:
    """The edits of a chunk numbered above ``after``."""
    edits = part["edits"][max(0, after + 1 - part["first"]) :]
    return [Entry(at, author, bytes(update)) for at, author, update in edits]


async def _last_filed(history: Collection, room: str) -> int:
    row = await history.find_one({"room": room}, {"last": 1}, sort=[("last", -1)])
    return int(row["last"]) if row else 0


async def _insert(history: Collection, chunks: list[Chunk]) -> None:
    """Insert ``chunks``; one whose id is there already was filed before a crash or a lost
    answer, and is replaced by the one that holds more."""
    if not chunks:
        return
    try:
        await history.insert_many(chunks, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(each["code"] != DUPLICATE_KEY for each in failed):
            raise
        for each in failed:
            again = chunks[each["index"]]
            await history.replace_one({"_id": again["_id"], "last": {"$lt": again["last"]}}, again)
