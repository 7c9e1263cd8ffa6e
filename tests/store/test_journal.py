"""The journal against the real embedded database: what was said to be saved is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from pymongo.errors import BulkWriteError

from crdt.history import Entry
from server.errors import NoSuchDocument, StorageUnavailable
from server.store import filing
from server.store.database import (
    HISTORY,
    JOURNAL,
    WORKERS,
    Collection,
    Database,
    Document,
    new_id,
)
from server.store.edits import Run, pack
from server.store.journal import Journal
from server.store.room_log import RoomLog
from tests.helpers.embedded import Storage, eventually
from tests.helpers.journals import crash

FLUSH_SECONDS = 0.005
SEED = Entry(1, "server", b"seed")


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    made = Journal(database, FLUSH_SECONDS)
    await made.start()
    yield made
    await made.stop()


async def opened(journal: Journal, health: list[str | None] | None = None) -> RoomLog:
    """The log of a new room; ``health`` gets what is told of the journal's."""
    room = new_id()
    await journal.create(room, "epoch", SEED)

    def on_health() -> None:
        if health is not None:
            health.append(journal.trouble)

    return journal.open(room, 0, lambda: None, on_health)


async def rows_of(database: Database, name: str) -> list[Document]:
    rows: list[Document] = await database.collection(name).find().to_list()
    return rows


def edits(first: int, count: int) -> list[bytes]:
    return [f"edit {number}".encode() for number in range(first, first + count)]


def covers_of(journal: Journal, log: RoomLog) -> dict[str, int]:
    return {"": 1, journal.writer: log.appended}


async def snapshot(journal: Journal, log: RoomLog, state: bytes) -> None:
    assert await journal.snapshots.hold(log.room)
    assert await journal.snapshots.store(log.room, covers_of(journal, log), state)


async def append(journal: Journal, log: RoomLog, updates: list[bytes]) -> None:
    for update in updates:
        journal.append(log, "author", update)
    await journal.flush(log)


async def test_what_was_flushed_is_loaded_in_order(journal: Journal) -> None:
    log = await opened(journal)
    await append(journal, log, edits(0, 10))
    await append(journal, log, edits(10, 5))
    stored = await journal.load(log.room)
    assert stored.updates == [b"seed", *edits(0, 15)]
    assert (stored.seq, stored.epoch, stored.closed) == (15, "epoch", False)
    assert stored.covers == {"": 1, journal.writer: 15}


async def test_edits_of_many_rooms_share_one_insert_and_do_not_mix(
    journal: Journal, database: Database
) -> None:
    logs = [await opened(journal) for _ in range(20)]
    for number, log in enumerate(logs):
        journal.append(log, f"author {number}", f"room {number}".encode())
    await journal.flush()
    assert len(await rows_of(database, JOURNAL)) == 1
    for number, log in enumerate(logs):
        assert (await journal.load(log.room)).updates == [b"seed", f"room {number}".encode()]
        assert (await journal.entries(log.room))[1].author == f"author {number}"


async def test_a_room_that_was_never_created_is_not_an_empty_one(journal: Journal) -> None:
    with pytest.raises(NoSuchDocument):
        await journal.load(new_id())


async def test_a_database_that_is_away_is_not_an_empty_one(away: Storage) -> None:
    journal = Journal(away.database, FLUSH_SECONDS)
    await journal.start()
    log = await opened(journal)
    await away.process.stop()
    with pytest.raises(StorageUnavailable):
        await journal.load(log.room)
    await journal.stop()


async def test_a_snapshot_shortens_loading_and_keeps_the_whole_history(journal: Journal) -> None:
    log = await opened(journal)
    await append(journal, log, edits(0, 10))
    await snapshot(journal, log, b"state")
    await append(journal, log, edits(10, 3))
    stored = await journal.load(log.room)
    assert stored.updates == [b"state", *edits(10, 3)]
    assert stored.seq == 13
    assert [entry.update for entry in await journal.entries(log.room)] == [b"seed", *edits(0, 13)]


async def test_an_older_snapshot_never_replaces_a_newer_one(journal: Journal) -> None:
    log = await opened(journal)
    await append(journal, log, edits(0, 2))
    older = covers_of(journal, log)
    await append(journal, log, edits(2, 2))
    await snapshot(journal, log, b"newer")
    assert not await journal.snapshots.store(log.room, older, b"older")
    assert (await journal.load(log.room)).updates == [b"newer"]


async def test_what_a_crash_left_unfiled_is_filed_before_anything_else(
    journal: Journal, database: Database
) -> None:
    log = await opened(journal)
    await append(journal, log, edits(0, 7))
    await crash(journal)
    assert await rows_of(database, JOURNAL)
    after = Journal(database, FLUSH_SECONDS)
    await after.start()
    assert await rows_of(database, JOURNAL) == []
    assert (await after.load(log.room)).updates == [b"seed", *edits(0, 7)]
    await after.stop()


async def test_filing_interrupted_half_way_doubles_nothing(
    journal: Journal, database: Database
) -> None:
    log = await opened(journal)
    await append(journal, log, edits(0, 4))
    await crash(journal)
    # The crash came after the chunk was inserted and before the group commit was removed;
    # and one more commit had been made that nothing was filed of.
    [row] = await rows_of(database, JOURNAL)
    [(room, filed)] = filing.runs_of(row)
    await database.collection(HISTORY).insert_one(filing.chunk(room, journal.writer, *filed))
    later = Run(5, [pack(2, "author", update) for update in edits(4, 2)])
    row = filing.commit({room: later}, "server", journal.writer, number=4)
    await database.collection(JOURNAL).insert_one(row)
    for _ in range(2):  # and recovering twice is as good as once
        after = Journal(database, FLUSH_SECONDS)
        await after.start()
        assert [each.update for each in await after.entries(log.room)] == [b"seed", *edits(0, 6)]
        assert (await after.load(log.room)).covers == {"": 1, journal.writer: 6}
        await crash(after)


async def test_edits_wait_for_a_database_that_died_and_each_arrives_once(away: Storage) -> None:
    journal = Journal(away.database, FLUSH_SECONDS)
    await journal.start()
    health: list[str | None] = []
    log = await opened(journal, health)
    await append(journal, log, edits(0, 3))
    away.kill()
    for update in edits(3, 50):
        journal.append(log, "author", update)
    await journal.flush(log)
    await eventually(lambda: journal.trouble is None, "the journal to get well")
    assert [each.update for each in await journal.entries(log.room)] == [b"seed", *edits(0, 53)]
    assert health[:1] != [None], "getting well was told before falling ill"
    await journal.stop()


async def test_a_full_buffer_is_told_and_empties_when_the_database_is_back(
    away: Storage,
) -> None:
    journal = Journal(away.database, FLUSH_SECONDS, pending_limit=10_000)
    await journal.start()
    health: list[str | None] = []
    log = await opened(journal, health)
    await away.process.stop()
    journal.append(log, "author", b"x" * 6_000)
    await eventually(lambda: journal.trouble is not None, "the journal to notice")
    assert not journal.full
    journal.append(log, "author", b"y" * 6_000)
    assert journal.full
    assert len(health) == 2
    await away.process.start()
    await journal.flush(log)
    await eventually(lambda: journal.trouble is None, "the journal to get well")
    assert not journal.full
    assert [entry.update[:1] for entry in await journal.entries(log.room)] == [b"s", b"x", b"y"]
    await journal.stop()


async def test_a_room_opened_again_at_once_waits_for_its_last_edits(journal: Journal) -> None:
    log = await opened(journal)
    journal.append(log, "author", b"last")
    journal.close(log)
    stored = await journal.load(log.room)
    assert stored.updates == [b"seed", b"last"]
    again = journal.open(log.room, stored.seq, lambda: None, lambda: None)
    await append(journal, again, [b"more"])
    assert [each.update for each in await journal.entries(log.room)] == [b"seed", b"last", b"more"]


async def test_one_insert_holds_no_more_than_a_mongodb_document_can(
    journal: Journal, database: Database
) -> None:
    log = await opened(journal)
    big = [bytes([number]) * 900_000 for number in range(12)]
    await append(journal, log, big)
    assert len(await rows_of(database, JOURNAL)) > 1
    assert (await journal.load(log.room)).updates == [b"seed", *big]


async def test_more_edits_of_one_room_than_a_document_holds_are_filed(
    journal: Journal, database: Database
) -> None:
    log = await opened(journal)
    big = [bytes([number]) * 900_000 for number in range(20)]
    await append(journal, log, big)
    await journal._file()
    assert await rows_of(database, JOURNAL) == []
    assert [each.update for each in await journal.entries(log.room)] == [b"seed", *big]


async def test_more_edits_of_one_room_than_a_document_holds_are_recovered(
    journal: Journal, database: Database
) -> None:
    log = await opened(journal)
    big = [bytes([number]) * 900_000 for number in range(20)]
    await append(journal, log, big)
    await crash(journal)
    after = Journal(database, FLUSH_SECONDS)
    await after.start()
    assert await rows_of(database, JOURNAL) == []
    assert (await after.load(log.room)).updates == [b"seed", *big]
    await after.stop()


class Failing:
    """A collection that takes nothing: each insert raises one of ``errors``, until none is left."""

    def __init__(self, real: Collection, *errors: Exception) -> None:
        self._real = real
        self._errors = list(errors)

    async def insert_many(self, rows: list[Document], *, ordered: bool) -> None:
        if self._errors:
            raise self._errors.pop(0)
        await self._real.insert_many(rows, ordered=ordered)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def refusal(edit: str) -> BulkWriteError:
    """As the driver words it: with all it was given."""
    return BulkWriteError({"writeErrors": [{"index": 0, "code": 1, "op": {"edits": edit}}]})


async def test_filing_goes_on_after_whatever_went_wrong_and_logs_no_edit(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = (refusal("something typed"), RuntimeError("a bug"))
    journal._history = cast(Collection, Failing(journal._history, *errors))
    monkeypatch.setattr("server.store.journal.FILE_SECONDS", 0.01)
    await crash(journal)  # what waits for five seconds already
    await journal.start()
    log = await opened(journal)
    await append(journal, log, edits(0, 3))
    await eventually(lambda: log.filed == 3, "the edits to be filed")
    told = capsys.readouterr().out
    assert "BulkWriteError" in told
    assert "RuntimeError" in told
    assert "something typed" not in told


@pytest.mark.parametrize("error", [refusal("something typed"), RuntimeError("a bug")])
async def test_stopping_ends_everything_whatever_goes_wrong(
    database: Database, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(database, FLUSH_SECONDS)
    await journal.start()
    log = await opened(journal)
    await append(journal, log, edits(0, 3))
    journal._history = cast(Collection, Failing(journal._history, error))
    await journal.stop()
    assert all(task.done() for task in journal._tasks)
    assert await rows_of(database, WORKERS) == [], "others may go on at once"
    assert "something typed" not in capsys.readouterr().out


async def test_stopping_writes_and_files_what_is_left_without_gathering(
    database: Database,
) -> None:
    journal = Journal(database, flush_seconds=3600)
    await journal.start()
    log = await opened(journal)
    journal.append(log, "author", b"left")
    await journal.stop()
    assert await rows_of(database, JOURNAL) == []
    assert [each.update for each in await journal.entries(log.room)] == [b"seed", b"left"]
