"""Several workers on one database: each room has one writer, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bson import ObjectId

from crdt.history import Entry
from server.errors import RoomElsewhere
from server.stopping import stop
from server.store.archive import read_room
from server.store.database import DOCUMENTS, JOURNAL, WORKERS, Database, new_id
from server.store.journal import Journal
from server.store.room_log import RoomLog, Stored
from server.store.workers import Name, Workers
from tests.helpers.embedded import eventually

FLUSH_SECONDS = 0.005
BEAT_SECONDS = 0.05  # gone after 0.2 s
SEED = Entry(1, "server", b"seed")


class Fleet:
    """Workers by name, each with a journal; ``crash`` ends one as ``kill -9`` would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._running: list[Journal] = []

    async def start(self, name: str) -> Journal:
        workers = Workers(self.database, name, BEAT_SECONDS)
        journal = Journal(self.database, FLUSH_SECONDS, workers=workers)
        await journal.start()
        self._running.append(journal)
        return journal

    async def crash(self, journal: Journal) -> None:
        for task in (*journal._tasks, journal.workers._task):
            assert task is not None
            task.cancel()
        self._running.remove(journal)

    async def stop(self) -> None:
        for journal in self._running:
            await journal.stop()


@pytest.fixture
async def fleet(database: Database) -> AsyncIterator[Fleet]:
    made = Fleet(database)
    yield made
    await made.stop()


async def cut_off(workers: Workers) -> None:
    """From now on it gives no sign by itself, nor looks for those of others."""
    assert workers._task is not None
    await stop(workers._task)


async def opened(journal: Journal, room: str) -> RoomLog:
    stored = await journal.load(room)
    return journal.open(room, stored.seq, lambda: None, lambda: None)


async def append(journal: Journal, log: RoomLog, *updates: bytes) -> None:
    for update in updates:
        journal.append(log, "author", update)
    await journal.flush(log)


async def loaded_when_free(journal: Journal, room: str) -> Stored:
    """What it has of a room as soon as it may have it."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await journal.load(room)
            except RoomElsewhere:
                await asyncio.sleep(0)


async def test_a_room_made_by_one_worker_opens_on_any_but_only_on_one(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(second, room)
    await append(second, log, b"edit")
    with pytest.raises(RoomElsewhere):
        await first.load(room)
    assert (await second.load(room)).updates == [b"seed", b"edit"]


async def test_what_a_killed_worker_had_open_is_free_as_soon_as_it_is_back(fleet: Fleet) -> None:
    journal = await fleet.start("first")
    room = new_id()
    await journal.create(room, "epoch", SEED)
    await opened(journal, room)
    await fleet.crash(journal)
    await fleet.start("first")
    row = await fleet.database.collection(DOCUMENTS).find_one({"_id": room})
    assert row is not None
    assert "owner" not in row


async def test_of_many_who_open_a_room_at_once_one_gets_it(fleet: Fleet) -> None:
    journals = [await fleet.start(str(number)) for number in range(4)]
    room = new_id()
    await journals[0].create(room, "epoch", SEED)
    got = await asyncio.gather(*(each.load(room) for each in journals), return_exceptions=True)
    kinds = [type(each) for each in got]
    assert (kinds.count(Stored), kinds.count(RoomElsewhere)) == (1, 3)


async def test_a_worker_that_starts_leaves_the_edits_of_those_that_write_alone(
    fleet: Fleet,
) -> None:
    first = await fleet.start("first")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await append(first, log, b"one", b"two")
    written = await fleet.database.collection(JOURNAL).find().to_list()
    await fleet.start("second")
    assert await fleet.database.collection(JOURNAL).find().to_list() == written
    await append(first, log, b"three")
    assert [each.update for each in await first.entries(room)] == [
        *(b"seed", b"one", b"two", b"three")
    ]


async def test_a_room_that_was_put_away_moves_whole(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    first.append(log, "author", b"last words")
    first.close(log)
    await first.flush(log)
    await first.entries(room)  # files
    stored = await loaded_when_free(second, room)
    assert (stored.updates, stored.seq) == ([b"seed", b"last words"], 2)


async def test_a_worker_that_stopped_leaves_its_rooms_to_others_at_once(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"edit")
    await first.stop()
    assert (await second.load(room)).updates == [b"seed", b"edit"]


async def test_the_rooms_of_a_killed_worker_are_free_once_it_is_silent_and_lack_nothing(
    fleet: Fleet,
) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"one", b"two")
    await fleet.crash(first)
    stored = await loaded_when_free(second, room)
    assert (stored.updates, stored.seq) == ([b"seed", b"one", b"two"], 3)
    log = second.open(room, stored.seq, lambda: None, lambda: None)
    await append(second, log, b"three")
    entries = [each.update for each in await second.entries(room)]
    assert entries == [b"seed", b"one", b"two", b"three"]
    assert [row["_id"] async for row in fleet.database.collection(WORKERS).find()] == ["second"]


async def test_a_worker_started_again_under_its_name_goes_on_at_once(fleet: Fleet) -> None:
    first = await fleet.start("first")
    await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"edit")
    await fleet.crash(first)
    again = await fleet.start("first")
    assert (await again.load(room)).updates == [b"seed", b"edit"]


async def test_nobody_is_gone_after_a_time_in_which_nobody_looked(database: Database) -> None:
    """As after the database was away: the others could give no sign."""
    other, ours = Workers(database, "other", BEAT_SECONDS), Workers(database, "ours", BEAT_SECONDS)
    await other.start()
    await cut_off(other)
    until = time.monotonic() + 20 * BEAT_SECONDS
    while time.monotonic() < until:
        assert not await ours.is_gone("other")


async def test_a_worker_that_gives_a_sign_at_the_last_moment_keeps_its_rooms(
    fleet: Fleet,
) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await cut_off(first.workers)
    await cut_off(second.workers)
    assert not await second.workers.is_gone("first")  # it has seen the last sign
    await first.workers._beat()
    await second._ownership._take_over("first")
    with pytest.raises(RoomElsewhere):
        await second.load(room)
    await append(first, log, b"edit")
    assert (await first.load(room)).updates == [b"seed", b"edit"]


async def test_a_worker_whose_rooms_others_took_writes_nothing_any_more(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    told = asyncio.Event()
    first.workers.on_given_up = told.set
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await append(first, log, b"one")
    await cut_off(first.workers)  # it hangs, and then goes on where it was
    await loaded_when_free(second, room)
    first.append(log, "author", b"two")
    async with asyncio.timeout(30):
        await told.wait()
    await fleet.crash(first)
    assert log.durable == 2, "nobody is told that it is saved"
    assert await fleet.database.collection(JOURNAL).find_one() is None


async def test_of_two_workers_with_one_name_the_older_is_told(database: Database) -> None:
    """A copied DATA_DIR has the name in it."""
    told = asyncio.Event()
    older, newer = (Workers(database, "name", BEAT_SECONDS) for _ in range(2))
    older.on_given_up = told.set
    await older.start()
    await newer.start()
    async with asyncio.timeout(30):
        await told.wait()
    await cut_off(older)
    await newer._beat()  # it goes on
    await newer.stop()


async def test_what_a_dead_worker_left_ends_nobodys_sign_of_life(database: Database) -> None:
    tried: list[str] = []

    async def on_gone(name: str) -> None:
        tried.append(name)
        raise ValueError("its row is damaged")

    await database.collection(WORKERS).insert_one({"_id": "dead", "beat": ObjectId()})
    ours = Workers(database, "ours", BEAT_SECONDS)
    ours.on_gone = on_gone
    await ours.start()
    await eventually(lambda: len(tried) >= 2, "it to be tried again")
    await ours.stop()


async def test_a_worker_taken_for_gone_is_told_so(database: Database) -> None:
    told = asyncio.Event()
    slow = Workers(database, "slow", BEAT_SECONDS)
    slow.on_given_up = told.set
    await slow.start()
    await Workers(database, "other").forget("slow")
    async with asyncio.timeout(30):
        await told.wait()
    await slow.stop()


async def test_reading_beside_a_worker_sees_what_is_not_filed_and_takes_nothing(
    fleet: Fleet,
) -> None:
    first = await fleet.start("first")
    room, other = new_id(), new_id()
    for each in (room, other):
        await first.create(each, "epoch", SEED)
    log, noise = await opened(first, room), await opened(first, other)
    await append(first, log, b"one")
    await append(first, noise, b"not ours")
    before = await fleet.database.collection(JOURNAL).find().to_list()
    stored = await read_room(fleet.database, room)
    assert (stored.updates, stored.seq) == ([b"seed", b"one"], 2)
    assert await fleet.database.collection(JOURNAL).find().to_list() == before
    await first.entries(room)  # files
    assert (await read_room(fleet.database, room)).updates == [b"seed", b"one"]


def test_a_name_is_kept_for_the_next_and_never_had_twice(tmp_path: Path) -> None:
    first, second = Name(tmp_path), Name(tmp_path)
    assert first.value != second.value
    kept = first.value
    first.release()
    assert Name(tmp_path).value == kept
