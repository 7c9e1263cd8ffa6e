"""Compaction against the real database: whatever moment it stops at, every edit is read back."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from crdt.history import Entry
from server.store import filing
from server.store.compaction import MERGED_BYTES, compact
from server.store.database import DOCUMENTS, HISTORY, JOURNAL, Collection, Database, new_id
from server.store.documents import Documents, snapshot_of
from server.store.edits import pack
from server.store.journal import Journal
from server.store.reading import HistoryGap, beyond

SEEDS = range(12)
WRITER = "writer"


@pytest.fixture
def history(database: Database) -> Collection:
    return database.collection(HISTORY)


class Story:
    """A room with random edits in random chunks."""

    def __init__(self, rng: random.Random, big: float = 0.05) -> None:
        self.room = new_id()
        self.entries: list[Entry] = []
        self.lasts: list[int] = []
        self.chunks = []
        for _ in range(rng.randint(1, 25)):
            first = len(self.entries) + 1
            self.entries += [self._entry(rng, big) for _ in range(rng.randint(1, 12))]
            packed = [pack(*entry) for entry in self.entries[first - 1 :]]
            self.chunks.append(filing.chunk(self.room, WRITER, first, packed))
            self.lasts.append(len(self.entries))

    def _entry(self, rng: random.Random, big: float) -> Entry:
        size = rng.randint(100_000, 400_000) if rng.random() < big else rng.randint(0, 40)
        return Entry(rng.randrange(2**40), f"author {rng.randint(1, 3)}", rng.randbytes(size))

    async def store(self, history: Collection) -> None:
        await history.insert_many(self.chunks)

    async def check(self, database: Database) -> None:
        """It is read back as it was, from the start and from the middle."""
        for after in {0, len(self.entries) // 2, len(self.entries)}:
            found = await beyond(database, self.room, {WRITER: after})
            assert found.entries == self.entries[after:]


async def steps_of(found: AsyncIterator[str]) -> list[str]:
    return [step async for step in found]


async def rows_of(history: Collection, room: str) -> list[tuple[int, int, int]]:
    """First, last and bytes of every chunk."""
    rows = await history.find({"room": room}).sort(filing.READING_ORDER).to_list()
    return [(row["first"], row["last"], len(row["edits"])) for row in rows]


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_edit_is_there_after_every_step_and_wherever_it_stops(
    database: Database, history: Collection, seed: int
) -> None:
    rng = random.Random(seed)
    story = Story(rng)
    await story.store(history)
    for _ in range(rng.randint(1, 6)):
        left = rng.randint(1, 8)
        async for _step in compact(history, story.room, WRITER, rng.choice(story.lasts)):
            await story.check(database)
            left -= 1
            if left == 0:  # killed
                break
    await steps_of(compact(history, story.room, WRITER, story.lasts[-1]))
    await story.check(database)
    rows = await rows_of(history, story.room)
    assert [row[0] for row in rows] == [1, *(row[1] + 1 for row in rows[:-1])], "they follow"
    largest = max(len(chunk["edits"]) for chunk in story.chunks)
    assert all(size <= max(MERGED_BYTES, largest) for _, _, size in rows)
    for one, two in pairwise(rows):
        assert one[2] + two[2] > MERGED_BYTES, "these could have been merged"
    assert await steps_of(compact(history, story.room, WRITER, story.lasts[-1])) == [], (
        "once is enough"
    )


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_of_the_small_chunks_may_still_be_there(
    database: Database, history: Collection, seed: int
) -> None:
    """As a database killed in the middle of deleting them leaves it."""
    rng = random.Random(seed)
    story = Story(rng, big=0)
    await story.store(history)
    async for _step in compact(history, story.room, WRITER, rng.choice(story.lasts)):
        break  # the merged chunk is there, none is deleted
    merged = [row async for row in history.find({"_id": {"$regex": f"^{story.room}:.*-"}})]
    for chunk in story.chunks:
        covered = any(chunk["last"] <= row["last"] for row in merged)
        if covered and rng.random() < 0.5:
            await history.delete_one({"_id": chunk["_id"]})
    await story.check(database)
    await steps_of(compact(history, story.room, WRITER, story.lasts[-1]))
    await story.check(database)


@pytest.mark.parametrize("seed", SEEDS)
async def test_two_at_once_lose_nothing(database: Database, history: Collection, seed: int) -> None:
    rng = random.Random(seed)
    story = Story(rng)
    await story.store(history)
    running = [compact(history, story.room, WRITER, rng.choice(story.lasts)) for _ in range(3)]
    while running:
        one = rng.choice(running)
        if await anext(one, None) is None:
            running.remove(one)
        await story.check(database)


async def test_edits_behind_the_snapshot_stay_as_they_are(history: Collection) -> None:
    story = Story(random.Random(1), big=0)
    await story.store(history)
    upto = story.lasts[len(story.lasts) // 2]
    await steps_of(compact(history, story.room, WRITER, upto - 1 if upto > 1 else upto))
    behind = [(row["first"], row["last"]) for row in story.chunks if row["last"] >= upto]
    rows = [(first, last) for first, last, _ in await rows_of(history, story.room)]
    assert rows[1:] == behind


async def test_a_missing_chunk_is_told_and_nothing_is_merged_around_it(
    database: Database, history: Collection
) -> None:
    story = Story(random.Random(5), big=0)
    assert len(story.chunks) > 3
    await story.store(history)
    await history.delete_one({"_id": story.chunks[2]["_id"]})
    before = await rows_of(history, story.room)
    with pytest.raises(HistoryGap, match=f"Edit {story.lasts[1] + 1} "):
        await steps_of(compact(history, story.room, WRITER, story.lasts[-1]))
    assert await rows_of(history, story.room) == before
    with pytest.raises(HistoryGap):
        await Journal(database, 0.01).entries(story.room)


async def test_edits_filed_once_more_after_they_were_merged_come_once(
    database: Database, history: Collection
) -> None:
    """A filing whose answer was lost is done again."""
    story = Story(random.Random(3), big=0)
    await story.store(history)
    await steps_of(compact(history, story.room, WRITER, story.lasts[-1]))
    await history.insert_one(story.chunks[-1])
    await story.check(database)
    assert await steps_of(compact(history, story.room, WRITER, story.lasts[-1]))
    assert len(await rows_of(history, story.room)) == 1


@pytest.mark.parametrize("seed", SEEDS)
async def test_filing_with_more_edits_at_any_moment_loses_nothing(
    database: Database, history: Collection, seed: int
) -> None:
    """A filing whose answer was lost is done again with what was typed since."""
    rng = random.Random(seed)
    story = Story(rng, big=0)
    *before, final = story.chunks
    short = filing.chunk(
        story.room, WRITER, final["first"], [pack(*story.entries[final["first"] - 1])]
    )
    await history.insert_many([*before, short])
    upto = final["first"]
    at = 1
    if before and rng.random() < 0.5:  # they were merged before, but not deleted
        await steps_of(compact(history, story.room, WRITER, upto))
        await history.insert_many([*before, short])
        at = rng.randint(1, len(before))
    async for _step in compact(history, story.room, WRITER, upto):
        at -= 1
        if at == 0:
            await filing.file(database.collection(JOURNAL), history, [[final]], [])
    if at > 0:
        await filing.file(database.collection(JOURNAL), history, [[final]], [])
    await story.check(database)


async def test_documents_are_compacted_up_to_their_snapshot(database: Database) -> None:
    story = Story(random.Random(3), big=0)
    history = database.collection(HISTORY)
    await story.store(history)
    documents = Documents(database)
    assert await steps_of(documents.compact(story.room)) == [], "there is no snapshot"
    snapshot = {"epoch": "e", "closed": False, **snapshot_of({WRITER: story.lasts[1]}, b"state")}
    await database.collection(DOCUMENTS).insert_one({"_id": story.room, **snapshot})
    assert await steps_of(documents.compact(story.room))
    assert (await rows_of(history, story.room))[0][:2] == (1, story.lasts[1])
    assert await Journal(database, 0.01).entries(story.room) == story.entries
    stored = await documents.read(story.room)
    assert stored.updates[1:] == [entry.update for entry in story.entries[story.lasts[1] :]]
