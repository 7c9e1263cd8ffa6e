"""Filing against the real database: wherever it stops, what is filed of a room has no gaps."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect

from server.store import filing
from server.store.compaction import compact
from server.store.database import HISTORY, JOURNAL, Collection, Database, Document, new_id
from server.store.edits import Run, pack
from server.store.reading import beyond

WORKER = "worker"
WRITER = "writer"


@pytest.fixture
def journal(database: Database) -> Collection:
    return database.collection(JOURNAL)


@pytest.fixture
def history(database: Database) -> Collection:
    return database.collection(HISTORY)


def entries(first: int, last: int, size: int = 10) -> list[bytes]:
    """Packed edits with their numbers in them."""
    return [
        pack(1, "author", str(number).zfill(size).encode()) for number in range(first, last + 1)
    ]


def committed(room: str, first: int, packed: Sequence[bytes]) -> Document:
    """A group commit with edits of one room, made after those with the ones before."""
    return filing.commit({room: Run(first, [*packed])}, WORKER, WRITER, number=first)


async def numbers(database: Database, room: str) -> list[int]:
    """The numbers in all edits, in the order in which they are read."""
    found = await beyond(database, room, {})
    return [int(entry.update[-9:]) for entry in found.entries]


class Dying:
    """A collection whose database dies during the `inserts`-th insert, half of which it does."""

    def __init__(self, real: Collection, rng: random.Random, inserts: int) -> None:
        self._real = real
        self._rng = rng
        self._left = inserts

    async def insert_many(self, rows: list[Document], *, ordered: bool) -> object:
        self._left -= 1
        if self._left:
            return await self._real.insert_many(rows, ordered=ordered)
        assert not ordered
        if some := self._rng.sample(rows, len(rows) // 2):
            await self._real.insert_many(some)
        raise AutoReconnect("gone")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize("seed", range(6))
async def test_wherever_filing_stops_the_rest_is_found_by_recovering(
    database: Database, journal: Collection, history: Collection, seed: int
) -> None:
    rng = random.Random(seed)
    rooms = {new_id(): entries(1, rng.randint(1, 9)) for _ in range(20)}
    await journal.insert_many([committed(room, 1, packed) for room, packed in rooms.items()])
    ids = [row["_id"] async for row in journal.find()]
    parts = [
        [filing.chunk(room, WRITER, number, [entry]) for number, entry in enumerate(packed, 1)]
        for room, packed in rooms.items()
    ]
    dying = cast(Collection, Dying(history, rng, rng.randint(1, 6)))
    with pytest.raises(AutoReconnect):
        await filing.file(journal, dying, parts, ids)
    await filing.recover(journal, history, WORKER)
    assert await journal.find_one() is None
    for room, packed in rooms.items():
        assert await numbers(database, room) == list(range(1, len(packed) + 1))


async def test_edits_behind_a_chunk_that_is_merged_while_it_is_filed_again_stay(
    database: Database, journal: Collection, history: Collection
) -> None:
    room = new_id()
    packed = entries(1, 9)
    parts = filing.chunk(room, WRITER, 1, packed[:4]), filing.chunk(room, WRITER, 5, packed[4:7])
    await history.insert_many(parts)

    class Merged(Dying):
        async def insert_many(self, rows: list[Document], *, ordered: bool) -> object:
            try:
                return await self._real.insert_many(rows, ordered=ordered)
            finally:
                async for _ in compact(history, room, WRITER, upto=7):
                    pass

    merged = cast(Collection, Merged(history, random.Random(0), inserts=0))
    await filing.file(journal, merged, [[filing.chunk(room, WRITER, 5, packed[4:])]], [])
    assert await numbers(database, room) == list(range(1, 10))


@pytest.mark.parametrize("commits", [2, 450], ids=["few", "more than are filed at a time"])
async def test_a_clock_that_stepped_back_mixes_up_nothing(
    database: Database, journal: Collection, history: Collection, commits: int
) -> None:
    room = new_id()
    rows = [committed(room, number, entries(number, number)) for number in range(1, commits + 1)]
    for row, of_another in zip(rows, [row["_id"] for row in reversed(rows)], strict=True):
        row["_id"] = of_another
    await journal.insert_many(rows)
    assert await filing.recover(journal, history, WORKER) == commits
    assert await numbers(database, room) == list(range(1, commits + 1))
    assert await journal.find_one() is None


async def test_recovering_holds_few_bytes_at_a_time(
    database: Database, journal: Collection, history: Collection
) -> None:
    room = new_id()
    packed = entries(1, 8, size=4_000_000)
    await journal.insert_many([committed(room, at, [entry]) for at, entry in enumerate(packed, 1)])
    at_once: list[int] = []

    class Watched(Dying):
        async def delete_many(self, which: Any) -> None:
            at_once.append(len(which["_id"]["$in"]))
            await self._real.delete_many(which)

    watched = cast(Collection, Watched(journal, random.Random(0), inserts=0))
    assert await filing.recover(watched, history, WORKER) == 8
    assert at_once == [5, 3]
    assert await numbers(database, room) == list(range(1, 9))


def test_edits_of_one_room_are_cut_into_chunks_that_fit_a_document() -> None:
    packed = [
        *entries(1, 7, size=1_000_000),
        *entries(8, 8, size=20),
        *entries(9, 9, size=6_000_000),
    ]
    made = filing.chunks("room", WRITER, 1, packed)
    assert [(each["first"], each["last"]) for each in made] == [(1, 4), (5, 8), (9, 9)]
    assert b"".join(each["edits"] for each in made) == b"".join(packed)
    more = filing.chunks("room", WRITER, 1, [*packed, *entries(10, 12)])
    assert more[:2] == made[:2], "filing again, with more, finds the same ones"
    assert filing.chunks("room", WRITER, 1, []) == []
