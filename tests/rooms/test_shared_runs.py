"""A run of a room that is open on two workers: one at a time, seen and controlled from both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from crdt.replica import Role
from server.bus.memory import MemoryExchange
from server.rooms.record import GONE
from server.runner.base import OUTPUT_BYTES, Stage, Verdict, Waiting
from server.stopping import stop
from server.store.database import WORKERS, Database, new_id
from server.store.journal import Journal
from server.store.runs import Runs, claim_of
from tests.helpers.embedded import Storage, eventually
from tests.helpers.wires import nobody
from tests.rooms.conftest import FILES, HubFactory
from tests.rooms.desks import Desk, LossyBus, Watcher, text_of
from tests.rooms.scripted import ScriptedRun

Desks = tuple[Desk, Desk]


@pytest.fixture
async def desks(
    make_hub: HubFactory, journal: Journal, other_journal: Journal, database: Database
) -> AsyncIterator[Desks]:
    exchange = MemoryExchange()
    made = []
    for each in (journal, other_journal):
        bus = LossyBus(exchange)
        hub = make_hub(bus=bus, journal=each)
        desk = Desk(hub, bus, database, each.workers)
        await desk.desk.open()
        made.append(desk)
    yield made[0], made[1]
    for desk in made:
        await desk.desk.close()


async def printed_at(watcher: Watcher, text: str) -> None:
    await eventually(lambda: text in watcher.printed().values(), f"{text!r} to arrive")


# -- one at a time ---------------------------------------------------------------------------------


async def test_one_run_goes_on_in_a_room_however_many_workers_are_asked_at_once(
    desks: Desks, session_id: str
) -> None:
    for _ in range(5):
        began = await asyncio.gather(*(desk.tries(session_id) for desk in desks * 2))
        assert sum(began) == 1
        going = next(desk for desk in desks if desk.desk.going)
        watcher = Watcher(going, await going.open(session_id))
        going.run.end()
        await eventually(lambda: watcher.events("run.finished"), "the end")  # noqa: B023
    assert len(await desks[0].desk.list(session_id)) == 5


async def test_who_sees_the_end_can_start_the_next_at_another_worker_at_once(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    for number in range(1, 6):
        await one.start(session_id)
        assert not await two.tries(session_id)
        one.run.end()
        await eventually(lambda: len(watcher.events("run.finished")) == 2 * number - 1, "an end")  # noqa: B023
        assert await two.tries(session_id)
        two.run.end()
        await eventually(lambda: len(watcher.events("run.finished")) == 2 * number, "an end")  # noqa: B023


# -- seen from another worker ----------------------------------------------------------------------


async def test_people_at_another_worker_and_who_comes_there_late_see_it_all(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    run_id = await one.start(session_id)
    one.run.say(Waiting(2), Waiting(1))
    await eventually(lambda: len(watcher.events("run.waiting")) == 2, "its place")
    late = await two.arrives(session_id)
    assert (late["_id"], late["status"], late["place"]) == (run_id, "queued", 1)
    one.run.begin()
    one.run.say(Stage("run"))
    one.run.print("a", "b")
    await printed_at(watcher, "b")
    late = await two.arrives(session_id)
    assert (late["status"], late["stage"], late["terminal"]) == ("running", "run", True)
    assert (text_of(late), late["place"]) == ("ab", None)
    assert "active" not in late
    assert text_of((await two.desk.list(session_id))[-1]) == "ab"
    one.run.end()
    await eventually(lambda: watcher.events("run.finished"), "the end")
    for desk in desks:
        (ended,) = await desk.desk.list(session_id)
        assert (ended["status"], ended["verdict"], text_of(ended)) == ("finished", "ok", "ab")
        assert desk.desk.told(session_id) is None


async def test_a_run_that_prints_all_it_may_ends_at_another_worker_too(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    await one.start(session_id)
    one.run.begin()
    one.run.print(*["\x1b" * OUTPUT_BYTES])
    one.run.end()
    await eventually(lambda: watcher.events("run.finished"), "the end")
    assert len(text_of(watcher.events("run.finished")[0]["run"])) == OUTPUT_BYTES


async def test_a_worker_that_opens_the_room_later_is_told_of_the_run(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    run_id = await one.start(session_id)
    one.run.begin()
    one.run.print("early ")
    here = Watcher(one, await one.open(session_id))
    await eventually(lambda: one.desk.told(session_id)["run"]["output"], "it to print")  # type: ignore[index]
    there = Watcher(two, await two.open(session_id))
    late = await two.arrives(session_id)
    assert (late["_id"], late["status"], text_of(late)) == (run_id, "running", "early ")
    one.run.print("late")
    await printed_at(there, "late")
    late = await two.arrives(session_id)
    assert (late["status"], text_of(late)) == ("running", "early late")
    assert two.desk.rest(session_id) == []
    assert here.printed() == {1: "late"} or here.printed() == {0: "early ", 1: "late"}


async def test_what_the_bus_loses_is_a_hole_until_the_next_word_of_the_runs_worker(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    await one.start(session_id)
    one.run.begin()
    one.run.print("0")
    await printed_at(watcher, "0")
    one.bus.lost = True
    one.run.print("1", "2")
    await eventually(lambda: len(one.desk.told(session_id)["run"]["output"]) == 3, "output")  # type: ignore[index]
    one.bus.lost = False
    one.run.print("3")
    await printed_at(watcher, "3")
    assert watcher.printed() == {0: "0", 3: "3"}
    assert text_of((await two.desk.list(session_id))[-1]) == "0"
    two.desk.heard(session_id, one.bus.name, one.desk.told(session_id))
    await printed_at(watcher, "2")
    assert watcher.printed() == {0: "0", 1: "1", 2: "2", 3: "3"}
    assert len(watcher.events("run.output")) == 4, "what was known is told again"
    assert text_of((await two.desk.list(session_id))[-1]) == "0123"


async def test_an_end_that_was_lost_is_read_from_the_store(desks: Desks, session_id: str) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    for mend in ("heard", "arrival", "next run"):
        watcher.forget()
        run_id = await one.start(session_id)
        one.run.begin()
        await eventually(lambda: len(watcher.events("run.started")) == 2, "the start")
        one.bus.lost = True
        one.run.print("unheard")
        one.run.end()
        await eventually(lambda: not one.desk.going, "the end")
        one.bus.lost = False
        if mend == "heard":
            two.desk.heard(session_id, one.bus.name, one.desk.told(session_id))
        elif mend == "arrival":
            assert text_of(await two.arrives(session_id)) == "unheard"
        else:
            await one.start(session_id)
        await eventually(lambda: watcher.events("run.finished"), f"the end, by {mend}")
        ended = watcher.events("run.finished")[0]["run"]
        assert (ended["_id"], ended["verdict"], text_of(ended)) == (run_id, "ok", "unheard")


# -- controlled from another worker ----------------------------------------------------------------


async def test_people_at_another_worker_type_in_order_and_stop_it(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id), Role.PARTICIPANT)
    run_id = await one.start(session_id)
    await eventually(lambda: watcher.events("run.started"), "the start")
    keys = [str(number) for number in range(500)]
    for key in keys:
        watcher.ask("run.stdin", id=run_id, data=key)
    await eventually(lambda: len(one.run.typed) == len(keys), "the keys")
    assert one.run.typed == keys
    watcher.ask("run.stop", id=run_id)
    await eventually(lambda: watcher.events("run.finished"), "the end")
    assert watcher.events("run.finished")[0]["run"]["verdict"] == "stopped"
    assert watcher.refused() == []


async def test_refusals_come_back_to_the_one_who_asked(desks: Desks, session_id: str) -> None:
    one, two = desks
    room = await two.open(session_id)
    watcher, other = Watcher(two, room), Watcher(two, room)
    spectator = Watcher(two, room, Role.SPECTATOR)
    run_id = await one.start(session_id)
    await eventually(lambda: watcher.events("run.started"), "the start")
    spectator.ask("run.stop", id=run_id)
    watcher.ask("run.stdin", id=run_id, data=1)
    watcher.ask("run.stop", id="another")
    one.run.deaf = True
    watcher.ask("run.stdin", id=run_id, data="x")
    await eventually(lambda: len(watcher.refused()) == 3, "the refusals")
    assert watcher.refused() == ["invalid_body", "no_such_run", "no_input"]
    assert (spectator.refused(), other.refused()) == (["not_allowed"], [])


async def test_who_types_hears_when_some_of_it_was_lost_or_cannot_be_brought(
    desks: Desks, session_id: str
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    run_id = await one.start(session_id)
    await eventually(lambda: watcher.events("run.started"), "the start")
    for data, lost in (("a", False), ("b", True), ("c", False)):
        two.bus.lost = lost
        watcher.ask("run.stdin", id=run_id, data=data)
    await eventually(lambda: watcher.refused() == ["input_lost"], "to be told")
    assert one.run.typed == ["a", "c"]
    two.bus.trouble = "Redis does not answer"
    watcher.ask("run.stop", id=run_id)
    await eventually(lambda: watcher.refused()[1:] == ["run_unreachable"], "to be told")


async def test_the_runs_worker_keeps_the_room_while_people_are_only_elsewhere(
    make_hub: HubFactory, journal: Journal, other_journal: Journal, database: Database,
    session_id: str,
) -> None:  # fmt: skip
    exchange = MemoryExchange()
    made = []
    for each in (journal, other_journal):
        bus = LossyBus(exchange)
        hub = make_hub(bus=bus, journal=each, grace_seconds=0)
        made.append(Desk(hub, bus, database, each.workers))
        await made[-1].desk.open()
    one, two = made
    watcher = Watcher(two, await two.open(session_id))
    run_id = await one.start(session_id)
    await eventually(lambda: watcher.events("run.started"), "the start")
    assert session_id in one.hub.rooms
    watcher.ask("run.stdin", id=run_id, data="x")
    await eventually(lambda: one.run.typed == ["x"], "the key")
    one.run.end()
    await eventually(lambda: session_id not in one.hub.rooms, "the room to be put away")
    assert session_id in two.hub.rooms


# -- a worker that is gone -------------------------------------------------------------------------


async def test_the_run_of_a_worker_that_is_gone_ends_for_all_and_blocks_nobody(
    desks: Desks, session_id: str, database: Database, journal: Journal
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    run_id = await one.start(session_id)
    one.run.begin()
    one.run.print("so far")
    await printed_at(watcher, "so far")
    finished: list[str] = []
    two.desk.on_finished.append(lambda run: finished.append(run["verdict"]))
    await one.stop()
    assert not await two.tries(session_id)
    await database.collection(WORKERS).delete_one({"_id": journal.workers.name})
    assert await two.tries(session_id)
    ended = watcher.events("run.finished")[0]["run"]
    assert (ended["_id"], ended["verdict"], ended["message"]) == (run_id, "failed", GONE)
    assert (text_of(ended), finished) == ("so far", ["failed"])
    runs = Runs(database)

    async def kept() -> str:
        row = await runs.one(run_id)
        assert row is not None
        assert claim_of(row) is None
        return text_of(row)

    async with asyncio.timeout(10):
        while await kept() != "so far":
            pass
    first, second = await two.desk.list(session_id)
    assert (first["verdict"], second["status"]) == ("failed", "queued")


async def test_who_is_started_again_under_the_same_name_ends_what_it_left(
    desks: Desks, session_id: str, database: Database, journal: Journal, make_hub: HubFactory
) -> None:
    one, two = desks
    watcher = Watcher(two, await two.open(session_id))
    await one.start(session_id)
    one.run.begin()
    one.run.print("so far")
    await printed_at(watcher, "so far")
    await one.stop()
    assert journal.workers._task is not None
    await stop(journal.workers._task)
    again = Journal(database, 0.005)
    await again.workers.start()
    bus = LossyBus(two.bus._exchange)
    desk = Desk(make_hub(bus=bus, journal=again), bus, database, again.workers)
    await desk.desk.open()
    await eventually(lambda: watcher.events("run.finished"), "the end")
    ended = watcher.events("run.finished")[0]["run"]
    assert (ended["verdict"], text_of(ended)) == ("failed", "so far")
    assert await two.tries(session_id)
    await again.workers.stop()


async def test_a_worker_that_was_given_up_stores_nothing_of_its_run_any_more(
    desks: Desks, session_id: str, database: Database, journal: Journal
) -> None:
    one, two = desks
    await two.open(session_id)
    run_id = await one.start(session_id)
    await database.collection(WORKERS).update_one(
        {"_id": journal.workers.name}, {"$unset": {"life": ""}}
    )
    assert await two.tries(session_id)
    one.run.end(Verdict.OK)
    await eventually(lambda: not one.desk.going, "its end")
    row = await Runs(database).one(run_id)
    assert row is not None
    assert row["verdict"] == "failed"


# -- the store -------------------------------------------------------------------------------------


async def test_a_run_that_could_not_be_started_after_all_leaves_nothing(
    desks: Desks, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks

    def refuse(_job: object) -> ScriptedRun:
        raise RuntimeError("no place")

    monkeypatch.setattr(one.runner, "start", refuse)
    with pytest.raises(RuntimeError):
        await one.start(session_id)
    async with asyncio.timeout(10):
        while not await two.tries(session_id):
            pass
    assert len(await two.desk.list(session_id)) == 1


async def test_an_end_that_cannot_be_stored_is_told_and_stored_once_the_store_is_back(
    make_hub: HubFactory, away: Storage
) -> None:
    journal = Journal(away.database, 0.005)
    await journal.start()
    bus = LossyBus()
    hub = make_hub(bus=bus, journal=journal, removals=nobody)
    desk = Desk(hub, bus, away.database, journal.workers)
    await desk.desk.open()
    session_id = new_id()
    await hub.create(session_id, FILES, "main.py")
    watcher = Watcher(desk, await desk.open(session_id))
    run_id = await desk.start(session_id)
    await away.process.stop()
    desk.run.begin()
    desk.run.end()
    await eventually(lambda: watcher.events("run.finished"), "the end to be told")
    await away.process.start()
    await eventually(lambda: not desk.desk._claims._saving, "the end to be stored")
    row = await Runs(away.database).one(run_id)
    assert row is not None
    assert (row["verdict"], claim_of(row)) == ("ok", None)
    assert await desk.tries(session_id)
    await desk.desk.close()
    await journal.stop()
