"""Several workers on one database: all write one room, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

import pytest
from bson import ObjectId

from crdt.history import Entry
from server.store import filing
from server.store.database import DOCUMENTS, JOURNAL, WORKERS, Database, new_id
from server.store.documents import Documents
from server.store.edits import Run, pack
from server.store.journal import Journal
from server.store.workers import Name, Workers
from tests.helpers.embedded import eventually
from tests.store.fleet import BEAT_SECONDS, Fleet, append, cut_off, opened

SEED = Entry(1, "server", b"seed")


@pytest.fixture
async def fleet(database: Database) -> AsyncIterator[Fleet]:
    made = Fleet(database)
    yield made
    await made.stop()


async def gone(journal: Journal, name: str) -> None:
    """Returns once another worker has taken over from it."""
    rows = journal._database.collection(WORKERS)
    async with asyncio.timeout(30):
        while await rows.find_one({"_id": name}) is not None:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


async def open_at(database: Database, room: str) -> list[str]:
    """The names of the workers that have it open, as others see it."""
    row = await database.collection(DOCUMENTS).find_one({"_id": room})
    assert row is not None
    return sorted(row.get("open", []))


async def test_a_room_made_by_one_worker_opens_on_all_and_each_reads_what_the_others_wrote(
    fleet: Fleet,
) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"one")
    log = await opened(second, room)
    await append(second, log, b"two")
    for journal in (first, second):
        stored = await journal.load(room)
        assert set(stored.updates) == {b"seed", b"one", b"two"}
        assert stored.covers == {"": 1, first.writer: 1, second.writer: 1}
        assert stored.seq == 1
    assert await open_at(fleet.database, room) == ["first", "second"]


async def test_a_killed_worker_has_no_room_open_as_soon_as_it_is_back(fleet: Fleet) -> None:
    journal = await fleet.start("first")
    room = new_id()
    await journal.create(room, "epoch", SEED)
    await opened(journal, room)
    assert await open_at(fleet.database, room) == ["first"]
    await fleet.crash(journal)
    await fleet.start("first")
    assert await open_at(fleet.database, room) == []


async def test_many_who_open_a_room_at_once_and_write_it_mix_up_nothing(fleet: Fleet) -> None:
    journals = [await fleet.start(str(number)) for number in range(4)]
    room = new_id()
    await journals[0].create(room, "epoch", SEED)
    logs = await asyncio.gather(*(opened(each, room) for each in journals))
    edits = [[f"{who}:{number}".encode() for number in range(20)] for who in range(4)]
    writing = zip(journals, logs, edits, strict=True)
    await asyncio.gather(*(append(journal, log, *some) for journal, log, some in writing))
    every = sorted([b"seed", *chain(*edits)])
    for journal in journals:
        found = [entry.update for entry in await journal.entries(room)]
        assert sorted(found) == every
        for some in edits:
            assert [each for each in found if each in some] == some


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


async def test_a_room_that_was_put_away_is_told_to_be_once_it_is_filed(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    first.append(log, "author", b"last words")
    first.close(log)
    await first.flush(log)
    assert (await second.load(room)).updates == [b"seed", b"last words"]
    await first._file()
    assert await open_at(fleet.database, room) == ["second"]


async def test_a_room_opened_again_while_it_is_told_to_be_put_away_stays_open(
    fleet: Fleet,
) -> None:
    first = await fleet.start("first")
    room = new_id()
    await first.create(room, "epoch", SEED)
    for _ in range(20):
        log = await opened(first, room)
        first.close(log)
        await asyncio.gather(first._openings.release(), first.load(room))
        assert await open_at(fleet.database, room) == ["first"]


async def test_a_worker_that_stopped_has_no_room_open_and_left_everything(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"edit")
    await first.stop()
    assert await open_at(fleet.database, room) == []
    assert (await second.load(room)).updates == [b"seed", b"edit"]


async def test_what_a_killed_worker_said_was_saved_is_there_at_once_and_filed_once_it_is_silent(
    fleet: Fleet,
) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    await append(first, await opened(first, room), b"one", b"two")
    await fleet.crash(first)
    stored = await second.load(room)
    assert (stored.updates, stored.seq) == ([b"seed", b"one", b"two"], 0)
    log = second.open(room, stored.seq, lambda: None, lambda: None)
    await append(second, log, b"three")
    await gone(second, "first")
    assert await fleet.database.collection(JOURNAL).find_one({"worker": "first"}) is None
    entries = [each.update for each in await second.entries(room)]
    assert entries == [b"seed", b"one", b"two", b"three"]
    assert [row["_id"] async for row in fleet.database.collection(WORKERS).find()] == ["second"]
    assert await open_at(fleet.database, room) == ["second"]


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


async def test_a_worker_that_gives_a_sign_at_the_last_moment_files_for_itself(
    fleet: Fleet,
) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await append(first, log, b"one")
    await cut_off(first.workers)
    await cut_off(second.workers)
    assert not await second.workers.is_gone("first")  # it has seen the last sign
    await first.workers._beat()
    await second._openings._take_over("first")
    assert await fleet.database.collection(JOURNAL).find_one({"worker": "first"}) is not None
    assert await open_at(fleet.database, room) == ["first"]
    await append(first, log, b"two")
    assert (await first.load(room)).updates == [b"seed", b"one", b"two"]


async def test_a_worker_that_was_given_up_writes_nothing_any_more(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    told = asyncio.Event()
    first.workers.on_given_up = told.set
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await append(first, log, b"one")
    await cut_off(first.workers)  # it hangs, and then goes on where it was
    await gone(second, "first")
    first.append(log, "author", b"two")
    async with asyncio.timeout(30):
        await told.wait()
    await fleet.crash(first)
    assert log.durable == 1, "nobody is told that it is saved"
    assert await fleet.database.collection(JOURNAL).find_one() is None


async def test_an_insert_that_arrives_after_its_worker_was_given_up_is_read_and_filed_in_time(
    fleet: Fleet,
) -> None:
    """It was stopped between looking at its sign of life and writing."""
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    log = await opened(first, room)
    await append(first, log, b"one")
    await fleet.crash(first)
    await gone(second, "first")
    late = filing.commit({room: Run(2, [pack(9, "author", b"late")])}, "first", first.writer, 9)
    await fleet.database.collection(JOURNAL).insert_one(late)
    assert (await second.load(room)).updates == [b"seed", b"one", b"late"]
    third = await fleet.start("third")
    assert await fleet.database.collection(JOURNAL).find_one() is None
    assert (await third.load(room)).updates == [b"seed", b"one", b"late"]


async def test_two_workers_with_one_name_lose_nothing_of_each_other(fleet: Fleet) -> None:
    """A copied DATA_DIR has the name in it; the older ends once it notices."""
    older, newer = await fleet.start("name"), await fleet.start("name")
    for each in (older, newer):
        await cut_off(each.workers)
    room = new_id()
    await older.create(room, "epoch", SEED)
    for journal, edit in ((older, b"one"), (newer, b"two")):
        await append(journal, await opened(journal, room), edit)
        await journal._file()
    assert {each.update for each in await newer.entries(room)} == {b"seed", b"one", b"two"}
    for each in (older, newer):
        await fleet.crash(each)


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
    documents = Documents(fleet.database)
    stored = await documents.read(room)
    assert stored.updates == [b"seed", b"one"]
    assert stored.covers == {"": 1, first.writer: 1}
    assert await fleet.database.collection(JOURNAL).find().to_list() == before
    await first._file()
    assert (await documents.read(room)).updates == [b"seed", b"one"]


def test_a_name_is_kept_for_the_next_and_never_had_twice(tmp_path: Path) -> None:
    first, second = Name(tmp_path), Name(tmp_path)
    assert first.value != second.value
    kept = first.value
    first.release()
    assert Name(tmp_path).value == kept
