"""Several workers write one room, and are killed: what was saved is there, each edit once."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect

from crdt.history import Entry
from server.store.database import DOCUMENTS, HISTORY, JOURNAL, Collection, Database, new_id
from server.store.documents import Documents, covers_of
from server.store.edits import pack
from server.store.journal import Journal
from tests.helpers.embedded import eventually
from tests.helpers.mongo import DatabaseProcess
from tests.store import old
from tests.store.fleet import Fleet, append, cut_off, opened

SEED = Entry(1, "server", b"seed")


@pytest.fixture
async def fleet(database: Database) -> AsyncIterator[Fleet]:
    made = Fleet(database)
    yield made
    await made.stop()


class Killed:
    """The database as a worker reaches it that is killed at its ``left``-th write: that one is
    done or not, its answer never comes, nor that of anything behind it."""

    def __init__(self, left: int, *, done: bool) -> None:
        self.left = left
        self.done = done

    def between(self, real: Collection) -> Collection:
        return cast(Collection, _Reached(self, real))


class _Reached:
    def __init__(self, killed: Killed, real: Collection) -> None:
        self._killed = killed
        self._real = real

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        if name not in ("insert_one", "insert_many", "delete_many", "replace_one"):
            return method

        async def write(*given: Any, **named: Any) -> Any:
            self._killed.left -= 1
            if self._killed.left > 0:
                return await method(*given, **named)
            if self._killed.left == 0 and self._killed.done:
                await method(*given, **named)
            raise AutoReconnect("killed")

        return write


def _ended(writing: asyncio.Task[None], killed: Killed) -> Callable[[], bool]:
    return lambda: writing.done() or killed.left <= 0


async def check(database: Database, room: str, saved: set[bytes], sent: set[bytes]) -> None:
    """All that was said to be saved is read, each once, and nothing that was never sent."""
    journal = Journal(database, 1)
    found = [entry.update for entry in await journal.entries(room)]
    assert len(found) == len({*found})
    assert saved <= {*found} <= sent
    stored = await Documents(database).read(room)
    read = {edit for update in stored.updates for edit in update.split(b" ")}
    assert saved <= read <= sent


async def snapshot(journal: Journal, room: str, number: int) -> None:
    """As a room does, of which the document is the list of its edits."""
    if await journal.snapshots.hold(room):
        stored = await journal.load(room)
        edits = {edit for update in stored.updates for edit in update.split(b" ")}
        assert stored.seq == number
        await journal.snapshots.store(room, stored.covers, b" ".join(sorted(edits)))


@pytest.mark.parametrize("done", [False, True], ids=["refused", "unanswered"])
@pytest.mark.parametrize("steps", range(1, 9))
async def test_whatever_write_a_worker_is_killed_at_nothing_is_lost_or_doubled(
    fleet: Fleet, steps: int, done: bool
) -> None:
    database = fleet.database
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    saved, sent = {b"seed"}, {b"seed"}
    logs = {each: await opened(each, room) for each in (first, second)}

    async def write(journal: Journal, *edits: bytes) -> None:
        sent.update(edits)
        await append(journal, logs[journal], *edits)
        saved.update(edits)

    await write(second, b"b1", b"b2")
    killed = Killed(steps, done=done)
    first._journal, first._history = map(killed.between, (first._journal, first._history))
    try:
        async with asyncio.timeout(30):
            for number in range(4):
                writing = asyncio.create_task(write(first, b"a%d" % number, b"A%d" % number))
                await eventually(_ended(writing, killed), "it")
                if killed.left <= 0:
                    writing.cancel()
                    break
                await first._file()
    except AutoReconnect:
        pass
    assert killed.left <= 0, "it was never killed"
    await fleet.crash(first)
    await check(database, room, saved, sent)
    await write(second, b"b3")
    await snapshot(second, room, 3)
    await check(database, room, saved, sent)
    if steps % 2:
        await cut_off(second.workers)
        again = await fleet.start("first")
        logs[again] = await opened(again, room)
        await check(database, room, saved, sent)
        await write(again, b"a9")
    else:
        workers = database.collection("workers")
        while await workers.find_one({"_id": "first"}) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await second._file()
    await check(database, room, saved, sent)
    async for _ in Documents(database).compact(room):
        await check(database, room, saved, sent)


def child(process: DatabaseProcess, database: Database, *given: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writing", process.url, database.name, *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[DatabaseProcess]:
    """A database that the test kills."""
    process = DatabaseProcess(tmp_path).start()
    yield process
    process.kill()


async def test_processes_that_are_killed_and_their_database_lose_nothing_that_was_saved(
    crashing: DatabaseProcess,
) -> None:
    rng = random.Random(8)
    database = Database(crashing.url, f"test-{new_id()}")
    await database.start()
    room = new_id()
    await Documents(database).create(room, "epoch", SEED)
    children: list[subprocess.Popen[str]] = []
    told: list[str] = []
    try:
        for turn in range(4):
            names = ["one", "two"] if turn % 2 else ["two", "three"]
            children = [child(crashing, database, name, room) for name in names]
            for each in children:
                assert each.stdout is not None
                told.append((await asyncio.to_thread(each.stdout.readline)).strip())
            await asyncio.sleep(rng.uniform(0.05, 0.4))  # so much later it happens
            if turn == 2:
                crashing.kill()
            for each in children:
                each.kill()
                await asyncio.to_thread(each.wait)
                assert each.stdout is not None
                rest = each.stdout.read()  # also what came with the first line
                told += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
            if turn == 2:
                await asyncio.to_thread(crashing.start)
            saved = {line.strip().encode() for line in told if line.strip()}
            found = [each.update for each in await Journal(database, 1).entries(room)]
            assert len(found) == len({*found}), "an edit is there twice"
            assert saved <= {*found}, "an edit that was saved is lost"
        assert len(saved) > 30
        assert {*saved} <= {*(await Documents(database).read(room)).updates}
    finally:
        for each in children:
            each.kill()
        await database.close()


async def test_who_was_stopped_and_taken_for_gone_overwrites_no_newer_snapshot(
    fleet: Fleet, database_process: DatabaseProcess
) -> None:
    room = new_id()
    second = await fleet.start("second")
    await second.create(room, "epoch", SEED)
    stale = child(database_process, fleet.database, "stale", room, "old")
    try:
        assert stale.stdout is not None
        assert stale.stdin is not None
        assert await asyncio.to_thread(stale.stdout.readline) == "holds\n"
        log = await opened(second, room)
        await append(second, log, b"new")
        assert not await second.snapshots.hold(room), "it lives"
        stale.send_signal(signal.SIGSTOP)
        until = time.monotonic() + 30
        while not await second.snapshots.hold(room):
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        covers = {"": 1, second.writer: 1}
        assert await second.snapshots.store(room, covers, b"seed new")
        stale.send_signal(signal.SIGCONT)
        stale.stdin.write("now\n")
        stale.stdin.flush()
        assert await asyncio.to_thread(stale.stdout.readline) == "False\n"
    finally:
        stale.kill()
        stale.communicate()
    row = await fleet.database.collection(DOCUMENTS).find_one({"_id": room})
    assert row is not None
    assert bytes(row["state"]) == b"seed new"
    assert covers_of(row) == covers


async def test_one_worker_takes_the_snapshots_until_it_lets_another(fleet: Fleet) -> None:
    journals = [await fleet.start(str(number)) for number in range(4)]
    room = new_id()
    await journals[0].create(room, "epoch", SEED)
    held = await asyncio.gather(*(each.snapshots.hold(room) for each in journals))
    assert sum(held) == 1
    holder = journals[held.index(True)]
    others = [each for each in journals if each is not holder]
    assert not await others[0].snapshots.store(room, {"": 1}, b"not ours")
    await holder.snapshots.release(room)
    assert await others[1].snapshots.hold(room)
    assert not await holder.snapshots.hold(room)


async def test_a_worker_started_again_takes_and_leaves_what_it_held_before(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    assert await first.snapshots.hold(room)
    await fleet.crash(first)
    again = await fleet.start("first")
    assert await second.snapshots.hold(room), "whoever held it has it open no more"
    assert not await again.snapshots.hold(room)
    assert not await first.snapshots.store(room, {"": 1}, b"stale")


async def test_what_was_stored_when_rooms_had_one_writer_opens_and_is_compacted(
    database: Database,
) -> None:
    fleet = Fleet(database)
    room, other = new_id(), new_id()
    edits = [b"seed", *(b"%d" % number for number in range(2, 13))]
    entries = [pack(at, "ada", edit) for at, edit in enumerate(edits, 1)]
    row = {"_id": room, "epoch": "e", "closed": False, "seq": 3, "state": b"three"}
    await database.collection(DOCUMENTS).insert_one({**row, "owner": "dead"})
    chunks = [
        {"_id": f"{room}:{first}", "room": room, "first": first, "last": last}
        | {"edits": b"".join(entries[first - 1 : last])}
        for first, last in ((1, 2), (3, 5), (6, 8))
    ]
    await database.collection(HISTORY).insert_many(chunks)
    records = [old.pack_record(room, number, entries[number - 1]) for number in (8, 9, 10)]
    noise = old.pack_record(other, 1, pack(1, "eve", b"not ours"))
    more = [old.pack_record(room, number, entries[number - 1]) for number in (11, 12)]
    rows = [old.commit([noise, *records], "dead", 1), old.commit(more, "dead", 2)]
    await database.collection(JOURNAL).insert_many(rows)
    assert (await Documents(database).read(room)).updates == [b"three", *edits[3:]]
    journal = await fleet.start("ours")
    try:
        assert await database.collection(JOURNAL).find_one() is None, "nobody else would file it"
        stored = await journal.load(room)
        assert (stored.updates, stored.seq) == ([b"three", *edits[3:]], 0)
        assert stored.covers == {"": 12}
        log = journal.open(room, stored.seq, lambda: None, lambda: None)
        await append(journal, log, b"new")
        assert await journal.snapshots.hold(room)
        assert await journal.snapshots.store(room, {"": 12, journal.writer: 1}, b"all")
        assert (await journal.load(room)).updates == [b"all"]
        await journal._file()
        async for _ in Documents(database).compact(room):
            pass
        assert [each.update for each in await journal.entries(room)] == [*edits, b"new"]
        assert await database.collection(HISTORY).count_documents({"room": room}) == 2
    finally:
        await fleet.stop()


async def test_an_edit_that_several_wrote_is_replayed_once_and_with_its_author(
    fleet: Fleet,
) -> None:
    """Who hears of one by the bus writes it too."""
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    one, two = await opened(first, room), await opened(second, room)
    second.append(two, "", b"edit")
    first.append(one, "ada", b"edit")
    second.append(two, "bob", b"another")
    await asyncio.gather(first.flush(), second.flush())
    entries = await second.entries(room)
    assert [(each.author, each.update) for each in entries] == [
        *(("server", b"seed"), ("ada", b"edit"), ("bob", b"another"))
    ]


async def test_only_what_others_wrote_is_news(fleet: Fleet) -> None:
    first, second = await fleet.start("first"), await fleet.start("second")
    room = new_id()
    await first.create(room, "epoch", SEED)
    stored = await second.load(room)
    log = second.open(room, stored.seq, lambda: None, lambda: None)
    await append(second, log, b"own")
    await append(first, await opened(first, room), b"one")
    updates, covers = await second.news(room, stored.covers)
    assert (updates, covers) == ([b"one"], {"": 1, first.writer: 1})
    assert await second.news(room, covers) == ([], covers)
    await first._file()
    assert await second.news(room, covers) == ([], covers)
