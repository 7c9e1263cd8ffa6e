"""Filing: edits from the group commits (``journal``) into chunks by room (``history``).

Edits are numbered by room and *writer*: a worker from its start to its end, which nobody is a
second time, so no number is ever given to two edits. A chunk is
``{_id: "<room>:<writer>:<first>", room, writer, first, last, edits}`` with consecutive edits of one
writer (``edits.pack``), a group commit ``{_id, worker, writer, number, edits: {<room>: <run>}}``
with those of all rooms, each of which is read without the others. What was written when a room
still had one writer has no ``writer`` (here: ``""``), and such a commit holds records.

A chunk is inserted before the group commits it came from are removed, so a crash in between
leaves edits in both places; ``recover`` then files only those beyond the last chunk.
``compaction`` later merges small chunks into large ones, so that chunks may overlap.

What is filed of a room and writer has no gaps, at any moment, for ``recover`` looks at the last
edit only: of several chunks of both each is stored before the next is sent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate, zip_longest
from typing import Any, Final

from bson import Binary, ObjectId
from pymongo.errors import BulkWriteError, DuplicateKeyError

from server.store.database import Collection, Document
from server.store.edits import Run, pack_run, unpack_records, unpack_run

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
"""How the chunks of a room and writer follow one another. Of those that begin alike the longest
comes first, so whatever of it is also in others need not be read; the id decides among equals, so
that all who look find the same ones needless."""


def chunk(
    room: str, writer: str, first: int, entries: Sequence[bytes], merged: str = ""
) -> Document:
    """Packed edits of one room and writer, numbered from ``first``, as stored; ``merged`` ends the
    id of one that was made of others."""
    return {
        "_id": f"{room}:{writer}:{first}{merged}" if writer else f"{room}:{first}{merged}",
        "room": room,
        **({"writer": writer} if writer else {}),
        "first": first,
        "last": first + len(entries) - 1,
        "edits": Binary(b"".join(entries)),
    }


def as_stored(writer: str) -> str | None:
    """What ``writer`` is compared with in queries: None also finds the rows without one."""
    return writer or None


def chunks(room: str, writer: str, first: int, entries: Sequence[bytes]) -> list[Document]:
    """Packed edits of one room and writer, numbered from ``first``, as the chunks they fit in, in
    order. With more edits behind the same ``first``, all chunks but the last would be the same."""
    ends = list(accumulate(map(len, entries)))
    made: list[Document] = []
    start = size = 0
    while start < len(entries):
        end = max(start + 1, bisect_right(ends, size + CHUNK_BYTES))
        made.append(chunk(room, writer, first + start, entries[start:end]))
        start, size = end, ends[end - 1]
    return made


def commit(runs: Mapping[str, Run], worker: str, writer: str, number: int) -> Document:
    """Packed new edits by room, as stored by a worker; ``number`` grows with each commit of the
    writer. The clock, and so the id, may step back."""
    edits = {room: pack_run(*run) for room, run in runs.items()}
    named = {"worker": worker, "writer": writer, "number": number}
    return {"_id": ObjectId(), **named, "edits": edits}


def runs_of(row: Document) -> Iterator[tuple[str, Run]]:
    """What a group commit holds, by room. Raises ``FrameError`` when it cannot be read."""
    if isinstance(row["edits"], bytes):
        for record in unpack_records(row["edits"]):
            yield record.room, Run(record.number, [record.entry])
    else:
        for room, run in row["edits"].items():
            yield room, unpack_run(run)


async def file(
    journal: Collection, history: Collection, rooms: Sequence[list[Document]], commits: list[Any]
) -> None:
    """Store the chunks of each room and writer in their order, then remove the group commits (by
    id) that they were made of.

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
    order = [("writer", 1), ("number", 1)]
    async for row in journal.find({"worker": worker}).sort(order).allow_disk_use(True):
        rows.append(row)
        size += _size(row)
        if len(rows) == RECOVER_DOCUMENTS or size >= RECOVER_BYTES:
            total += await _refile(journal, history, rows)
            rows, size = [], 0
    return total + await _refile(journal, history, rows)


def _size(row: Document) -> int:
    edits = row["edits"]
    return len(edits) if isinstance(edits, bytes) else sum(map(len, edits.values()))


async def _refile(journal: Collection, history: Collection, rows: list[Document]) -> int:
    """File what of these group commits is not filed yet; return how many edits that were."""
    by_writer: dict[tuple[str, str], list[Run]] = {}
    for row in rows:
        writer = row.get("writer") or ""
        for room, run in runs_of(row):
            by_writer.setdefault((room, writer), []).append(run)
    found = []
    for (room, writer), runs in by_writer.items():
        new = _beyond(await _last_filed(history, room, writer), runs)
        if made := [each for run in new for each in chunks(room, writer, *run)]:
            found.append(made)
    await file(journal, history, found, [row["_id"] for row in rows])
    return sum(each["last"] - each["first"] + 1 for made in found for each in made)


def _beyond(last: int, runs: Sequence[Run]) -> list[Run]:
    """Of runs in their order what is numbered above ``last``, those that follow each other as one
    (what is missing, though nothing should, stays missing)."""
    found: list[Run] = []
    for run in runs:
        entries = run.entries[max(0, last + 1 - run.first) :]
        if not entries:
            continue
        end = run.first + len(run.entries) - 1
        first = end + 1 - len(entries)
        if found and first == last + 1:
            found[-1].entries.extend(entries)
        else:
            found.append(Run(first, entries))
        last = end
    return found


async def _last_filed(history: Collection, room: str, writer: str) -> int:
    of_writer = {"room": room, "writer": as_stored(writer)}
    row = await history.find_one(of_writer, {"last": 1}, sort=[("last", -1)])
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
