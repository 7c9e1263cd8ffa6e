"""Reading a room: every durable edit beyond those somebody has, of all writers, each once.

Group commits are read before chunks: filing puts edits into chunks before it takes them from
there, so whatever is gone from the one by then is found in the other. So what any worker was
told to be durable is there at once, also of one that was killed before it filed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from crdt.history import Entry
from server.errors import StorageUnavailable
from server.store.database import HISTORY, JOURNAL, Collection, Database, Document
from server.store.edits import Run, unpack, unpack_one
from server.store.filing import READING_ORDER, as_stored, runs_of

TRIES: Final = 3
"""Chunks are merged, and commits made, while they are read; what was missed is there then."""

Covers = Mapping[str, int]
"""By writer the number of the last edit that something holds: it holds all up to it."""


class HistoryGap(StorageUnavailable):
    """Edits of a room are missing in between: what is there is not the whole."""


class Found(NamedTuple):
    entries: list[Entry]
    """In the order they were made, as far as the clocks of their writers tell; those of one writer
    always in theirs."""
    covers: dict[str, int]
    """What they, and what was there before, hold together."""
    mixed: bool
    """Whether they are of several writers, so that one may stand before what it builds on."""

    @property
    def updates(self) -> list[bytes]:
        """To be applied in this order: all a second time where one may have come too early, for
        the library does not always take it in when what was missing comes (pycrdt 0.14.13)."""
        return [entry.update for entry in self.entries] * (1 + self.mixed)


async def beyond(database: Database, room: str, covers: Covers, *, but: str | None = None) -> Found:
    """What is durable of ``room`` by now and not in ``covers``; nothing of the writer ``but``.

    Raises ``FrameError`` when something cannot be read, ``HistoryGap`` when something is missing.
    """
    for tries in range(1, TRIES + 1):
        try:
            return await _beyond(database, room, covers, but)
        except HistoryGap:
            if tries == TRIES:
                raise
    raise AssertionError


async def _beyond(database: Database, room: str, covers: Covers, but: str | None) -> Found:
    unfiled = await _unfiled(database.collection(JOURNAL), room, but)
    filed = await _filed(database.collection(HISTORY), room, covers, but)
    found: dict[str, list[Entry]] = {}
    ends = dict(covers)
    for writer in [*filed, *(each for each in unfiled if each not in filed)]:
        entries = found[writer] = []
        last = covers.get(writer, 0)
        for row in filed.get(writer, ()):
            if row["last"] > last:
                _expect(row["first"], last, room)
                entries += unpack(row["edits"])[last + 1 - row["first"] :]
                last = row["last"]
        for run in unfiled.get(writer, ()):
            if new := run.entries[max(0, last + 1 - run.first) :]:
                _expect(run.first, last, room)
                entries += [unpack_one(entry) for entry in new]
                last = run.first + len(run.entries) - 1
        if last:
            ends[writer] = last
    return Found(_merged(found), ends, sum(map(bool, found.values())) > 1)


def _expect(first: int, last: int, room: str) -> None:
    if first > last + 1:
        raise HistoryGap(f"Edit {last + 1} of {room} is missing.")


async def _unfiled(journal: Collection, room: str, but: str | None) -> dict[str, list[Run]]:
    """By writer what group commits hold of this room, in order. They are looked through at the
    database (``filing`` keeps them few), which sends of each only what it holds of the room."""
    held = {"$or": [{f"edits.{room}": {"$exists": True}}, {"writer": None}]}
    rows = await journal.find(held, {"writer": 1, f"edits.{room}": 1}).to_list()
    if once := [row["_id"] for row in rows if "writer" not in row]:
        # as they were when a room had one writer; one that is gone by now has been filed
        rows += await journal.find({"_id": {"$in": once}}).to_list()
    found: dict[str, list[Run]] = {}
    for row in rows:
        writer = row.get("writer") or ""
        if writer != but:
            runs = [run for at, run in runs_of(row) if at == room] if "edits" in row else []
            found.setdefault(writer, []).extend(runs)
    for runs in found.values():
        runs.sort(key=lambda run: run.first)
    return found


async def _filed(
    history: Collection, room: str, covers: Covers, but: str | None
) -> dict[str, list[Document]]:
    """By writer the chunks that hold edits beyond ``covers``, in reading order."""
    known = {*covers} if but is None else {*covers, but}
    chosen: list[dict[str, Any]] = [
        {"writer": as_stored(writer), "last": {"$gt": covers[writer]}}
        for writer in known
        if writer != but
    ]
    chosen.append({"writer": {"$nin": [as_stored(writer) for writer in known]}})
    found: dict[str, list[Document]] = {}
    # one after the other: for "$or" the embedded database reads the chunks of all rooms
    for each in chosen:
        rows = history.find({"room": room, **each}).sort([("writer", 1), *READING_ORDER])
        async for row in rows.allow_disk_use(True):
            found.setdefault(row.get("writer") or "", []).append(row)
    return found


def _merged(found: Mapping[str, list[Entry]]) -> list[Entry]:
    """The edits of several writers by time, one that several of them wrote once.

    Who hears of an edit on another worker writes it too, without its author.
    """
    timed = sorted(
        (each for entries in found.values() for each in _timed(entries)),
        key=lambda each: each[0],
    )
    if len(found) < 2:
        return [entry for _, entry in timed]
    places: dict[bytes, int] = {}
    merged: list[Entry] = []
    for _, entry in timed:
        place = places.setdefault(entry.update, len(merged))
        if place == len(merged):
            merged.append(entry)
        elif not merged[place].author:
            merged[place] = merged[place]._replace(author=entry.author)
    return merged


def _timed(entries: list[Entry]) -> Iterator[tuple[int, Entry]]:
    """With a time that never steps back, as clocks may."""
    latest = 0
    for entry in entries:
        latest = max(latest, entry.at)
        yield latest, entry
