"""Every task, killed at random moments: nothing is lost on the way, and the next run ends it."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator

import pytest

from crdt.history import Entry
from server.store.database import DOCUMENTS, HISTORY, Database
from server.store.journal import Journal
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.server import ROOT
from tests.helpers.stream import StreamService, stream_service
from tests.jobs.killed import task_of
from tests.jobs.world import World, ago
from tests.jobs.writing import written

ROUNDS = 3
SECONDS = 0.25
"""Within which it is killed; the tasks take longer with what is to do here."""

Check = Callable[[], Awaitable[None]]


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


async def killed_and_done(
    task: str, database: Database, process: DatabaseProcess, service: StreamService, check: Check
) -> None:
    """Starts it again and again, kills it each time, then lets it end, twice."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    command = [sys.executable, "-m", "tests.jobs.killed", process.url, database.name]
    for _ in range(ROUNDS):
        patience = rng.uniform(0, SECONDS)
        await asyncio.to_thread(_run_and_kill, [*command, service.url, task], patience)
        await check()
    here = task_of(task, database, service.url)
    for _ in range(2):  # the database may still do the last that the killed one asked for
        await here.run()
        await check()
    assert await here.run() == 0, "nothing is left to do"


def _run_and_kill(command: list[str], patience: float) -> None:
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


async def test_idle_sessions(
    world: World, database: Database, database_process: DatabaseProcess, service: StreamService
) -> None:
    idle = [await world.session(createdAt=ago(hours=13)) for _ in range(50)]
    active = {await world.session() for _ in range(10)}
    documents = database.collection(DOCUMENTS)
    await documents.insert_many({"_id": each, "closed": False} for each in [*idle, *active])

    async def check() -> None:
        # the minute in which whoever completed a session may close it has passed
        for row in await world.sessions():
            if row["status"] == "completed":
                await world.change(row["_id"], updatedAt=ago(minutes=2))
        open_ = {row["_id"] async for row in documents.find({"closed": False})}
        rows = {row["_id"]: row for row in await world.sessions()}
        assert active <= open_
        assert all(rows[each]["status"] == "active" for each in active)
        assert not any(rows[each].get("documentClosed") for each in open_)

    await killed_and_done("idle", database, database_process, service, check)
    assert {row["_id"] async for row in documents.find({"closed": True})} == set(idle)


async def test_guests(
    world: World, database: Database, database_process: DatabaseProcess, service: StreamService
) -> None:
    over = await world.session(status="completed", updatedAt=ago(days=40))
    active = await world.session()
    gone = [await world.guest(ago(days=40)) for _ in range(100)]
    kept = [await world.guest(ago(days=40)) for _ in range(20)]
    for guest in gone[:50]:
        await world.watches(guest, over)
    for guest in kept:
        await world.watches(guest, active)

    async def check() -> None:
        assert set(kept) <= await world.users()
        assert set(kept) <= await world.watchers()
        assert await world.watchers() <= await world.users(), "nobody is left in a session"

    await killed_and_done("guests", database, database_process, service, check)
    assert await world.users() == set(kept)


async def test_journals(
    world: World, database: Database, database_process: DatabaseProcess, service: StreamService
) -> None:
    rng = random.Random(4)
    entries: dict[str, list[Entry]] = {}
    for _ in range(12):
        session_id = await world.session(updatedAt=ago(hours=1), lastSeenAt=ago(minutes=30))
        entries[session_id] = await written(database, session_id, rng)
    journal = Journal(database, 0.01)

    async def check() -> None:
        for session_id, wanted in entries.items():
            assert await journal.entries(session_id) == wanted

    await killed_and_done("journals", database, database_process, service, check)
    for session_id in entries:
        assert await database.collection(HISTORY).count_documents({"room": session_id}) == 2


async def test_what_lives_elsewhere(
    world: World, database: Database, database_process: DatabaseProcess, service: StreamService
) -> None:
    for number in range(30):
        service.create(f"over{number}")
        over = {"status": "completed", "documentClosed": True}
        await world.session(callId=f"over{number}", **over)
    service.create("active")
    await world.session(callId="active")

    async def check() -> None:
        assert "default:active" in service.calls
        for row in await world.sessions():
            if row.get("remote") == "gone":
                assert f"default:{row['callId']}" not in service.calls
                assert f"messaging:{row['callId']}" not in service.channels

    await killed_and_done("remote", database, database_process, service, check)
    assert set(service.calls) == {"default:active"}
    assert set(service.channels) == {"messaging:active"}
