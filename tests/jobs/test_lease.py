"""The lease against the real database: never two at once, and somebody else when one is gone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import pytest

from server.jobs.lease import Lease
from server.stopping import stop
from server.store.database import LEASES, Database
from tests.helpers.embedded import Storage, eventually
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.server import ROOT

SHORT = 1.0


class Worker:
    """Somebody with work that goes on for ever; `working` is whether it does now."""

    def __init__(self, database: Database, seconds: float = SHORT) -> None:
        self.lease = Lease(database, "work", seconds)
        self.working = False
        self.begun = 0
        self.task = asyncio.create_task(self.lease.run(self._work))

    async def _work(self) -> None:
        self.working = True
        self.begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.working = False

    async def stop(self) -> None:
        await stop(self.task)


async def test_one_of_many_who_ask_at_once_gets_it(database: Database) -> None:
    leases = [Lease(database, "work") for _ in range(20)]
    taken = await asyncio.gather(*(lease.take() for lease in leases))
    assert sum(taken) == 1
    again = await asyncio.gather(*(lease.take() for lease in leases))
    assert again == taken, "who has it keeps it"


async def test_leases_of_different_names_have_nothing_to_do_with_each_other(
    database: Database,
) -> None:
    assert await Lease(database, "one").take()
    assert await Lease(database, "two").take()


async def test_given_back_it_is_free_at_once(database: Database) -> None:
    one, two = Lease(database, "work"), Lease(database, "work")
    assert await one.take()
    await two.give_back()
    assert not await two.take(), "nobody gives back what another has"
    await one.give_back()
    assert await two.take()


async def test_one_that_is_over_is_taken_over_once(database: Database) -> None:
    assert await Lease(database, "work").take()
    rows = database.collection(LEASES)
    await rows.update_one({}, {"$set": {"until": await database.clock() - timedelta(seconds=1)}})
    others = [Lease(database, "work") for _ in range(10)]
    assert sum(await asyncio.gather(*(lease.take() for lease in others))) == 1


async def test_one_works_and_the_next_begins_when_it_stops(database: Database) -> None:
    one, two = Worker(database), Worker(database)
    await eventually(lambda: one.working or two.working, "one to begin")
    first, second = (one, two) if one.working else (two, one)
    assert not second.working
    await first.stop()
    assert not first.working
    await eventually(lambda: second.working, "the other to begin")
    await second.stop()


async def test_it_is_renewed_while_work_goes_on(database: Database) -> None:
    worker = Worker(database)
    await eventually(lambda: worker.working, "it to begin")
    rows = database.collection(LEASES)
    first = await rows.find_one({"_id": "work"})
    assert first
    other = Lease(database, "work", SHORT)
    while (await database.clock()) < first["until"] + timedelta(seconds=SHORT):
        assert not await other.take()
        await asyncio.sleep(0.05)
    assert (worker.working, worker.begun) == (True, 1)
    await worker.stop()


async def test_work_stops_when_the_lease_is_somebody_elses(database: Database) -> None:
    worker = Worker(database)
    await eventually(lambda: worker.working, "it to begin")
    await database.collection(LEASES).update_one({}, {"$set": {"holder": "somebody else"}})
    await eventually(lambda: not worker.working, "it to stop")
    await eventually(lambda: worker.working, "it to begin again once that one is over")
    await worker.stop()


async def test_work_stops_while_the_database_is_away_and_goes_on_afterwards(
    away: Storage,
) -> None:
    worker = Worker(away.database)
    await eventually(lambda: worker.working, "it to begin")
    await away.process.stop()
    await eventually(lambda: not worker.working, "it to stop")
    await away.process.start()
    await eventually(lambda: worker.working, "it to begin again")
    assert worker.begun == 2
    await worker.stop()


async def test_what_the_work_raises_is_raised_and_the_lease_given_back(database: Database) -> None:
    async def broken() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        await Lease(database, "work").run(broken)
    assert await Lease(database, "work").take()


async def test_work_that_misses_being_cancelled_is_stopped_before_the_lease_is_given_back(
    database: Database,
) -> None:
    working, ended = asyncio.Event(), asyncio.Event()

    async def deaf() -> None:
        with suppress(asyncio.CancelledError):  # as the driver may
            working.set()
            await asyncio.Event().wait()
        try:
            await asyncio.Event().wait()
        finally:
            assert await database.collection(LEASES).find_one()
            ended.set()

    running = asyncio.create_task(Lease(database, "work").run(deaf))
    await working.wait()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=30)
    assert done
    assert ended.is_set()
    assert await database.collection(LEASES).find_one() is None


HOLDER = """
import asyncio, sys
from server.jobs.lease import Lease
from server.store.database import Database

async def work():
    print("working", flush=True)
    await asyncio.Event().wait()

database = Database(sys.argv[1], sys.argv[2])
asyncio.run(Lease(database, "work", 1.0).run(work))
"""


async def test_a_killed_holder_is_followed_when_its_lease_ends(
    database: Database, database_process: DatabaseProcess
) -> None:
    holder = subprocess.Popen(  # noqa: ASYNC220 - it says when it works
        [sys.executable, "-c", HOLDER, database_process.url, database.name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert "working\n" in iter(holder.stdout.readline, "")
    worker = Worker(database)
    before = await database.collection(LEASES).find_one({"_id": "work"})
    assert before
    assert str(holder.pid) in before["holder"]
    holder.kill()
    holder.wait()
    holder.stdout.close()
    await eventually(lambda: worker.working, "the other to begin")
    assert await database.clock() >= before["until"], "not before it ended"
    await worker.stop()
