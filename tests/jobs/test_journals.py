"""Documents nobody has open are tidied once, whatever moment that stops at."""

from __future__ import annotations

import random

import pytest

from crdt.document import Document as Text
from crdt.document import SeedFile, seed
from crdt.history import Entry
from server.jobs.journals import Journals
from server.store.database import DOCUMENTS, HISTORY, Database, now
from server.store.documents import Documents
from server.store.journal import Journal
from server.store.upkeep import Upkeep
from tests.jobs.world import World, ago
from tests.jobs.writing import written


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def task(world: World) -> Journals:
    return Journals(Upkeep(world.database), Documents(world.database))


async def chunks_of(world: World, room: str) -> list[tuple[int, int]]:
    rows = await world.database.collection(HISTORY).find({"room": room}).to_list()
    return sorted((row["first"], row["last"]) for row in rows)


async def test_a_document_nobody_has_open_gets_a_snapshot_and_one_chunk_a_writer(
    world: World,
) -> None:
    session_id = await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=11))
    entries = await written(world.database, session_id, random.Random(1))
    journal, documents = Journal(world.database, 0.01), Documents(world.database)
    before = await documents.read(session_id)
    assert len(before.updates) > 1
    assert len(await chunks_of(world, session_id)) > 2
    assert await task(world)() == 1
    assert await chunks_of(world, session_id) == [(1, 1), (1, len(entries) - 1)]
    after = await documents.read(session_id)
    assert (after.seq, after.epoch) == (before.seq, before.epoch)
    assert len(after.updates) == 1
    assert text_of(after.updates) == text_of(before.updates)
    assert await journal.entries(session_id) == entries


def text_of(updates: list[bytes]) -> str:
    document = Text()
    for update in updates:
        document.apply(update)
    return document.text("main.py")


async def test_again_it_does_nothing_until_somebody_was_there(world: World) -> None:
    session_id = await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=11))
    await written(world.database, session_id, random.Random(1))
    assert await task(world)() == 1
    before = await chunks_of(world, session_id)
    assert await task(world)() == 0
    assert await chunks_of(world, session_id) == before
    await world.change(session_id, tidiedAt=ago(minutes=30))
    assert await task(world)() == 1


async def test_sessions_with_somebody_in_them_are_left_alone(world: World) -> None:
    await world.session()
    await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=9))
    await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=9), tidiedAt=ago(hours=2))
    assert await task(world)() == 0


async def test_somebody_who_comes_meanwhile_is_noticed(world: World) -> None:
    session_id = await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=11))
    await written(world.database, session_id, random.Random(1))
    async for step in task(world).tidy(session_id):
        if step == "snapshot":
            seen = now()
    await world.change(session_id, lastSeenAt=seen)
    assert (await world.row(session_id))["tidiedAt"] <= seen


@pytest.mark.parametrize("seed", range(6))
async def test_stopped_after_any_step_the_next_run_ends_the_same(world: World, seed: int) -> None:
    rng = random.Random(seed)
    session_id = await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=11))
    entries = await written(world.database, session_id, rng)
    journal, documents = Journal(world.database, 0.01), Documents(world.database)
    text = text_of([entry.update for entry in entries])
    for stop in range(1, 8):
        count = 0
        async for _step in task(world).tidy(session_id):
            count += 1
            assert await journal.entries(session_id) == entries
            assert text_of((await documents.read(session_id)).updates) == text
            if count == min(stop, 3):  # "marked" is the last
                break
    await task(world)()
    assert await chunks_of(world, session_id) == [(1, 1), (1, len(entries) - 1)]
    assert await journal.entries(session_id) == entries


async def test_a_damaged_document_is_told_once_and_stops_no_other(world: World) -> None:
    old = {"updatedAt": ago(hours=1)}
    damaged, missing = await world.session(**old), await world.session(**old)
    well = await world.session(**old, lastSeenAt=ago(minutes=11))
    for session_id in (damaged, well):
        await written(world.database, session_id, random.Random(1))
    history = world.database.collection(HISTORY)
    await history.delete_one({"room": damaged, "first": (await chunks_of(world, damaged))[2][0]})
    assert await task(world)() == 3
    assert len(await chunks_of(world, well)) == 2
    assert len(await chunks_of(world, damaged)) > 2
    assert await task(world)() == 0
    assert (await world.row(missing))["tidiedAt"]


async def test_a_document_that_was_only_created_stays_as_it_is(world: World) -> None:
    session_id = await world.session(updatedAt=ago(hours=1))
    first = Entry(1, "server", seed([SeedFile("main.py", "python", "x")], "main.py"))
    journal = Journal(world.database, 0.01)
    await journal.create(session_id, "epoch", first)
    assert await task(world)() == 1
    assert await journal.entries(session_id) == [first]
    documents = world.database.collection(DOCUMENTS)
    row = await documents.find_one({"_id": session_id})
    assert row
    assert row["seq"] == 1
