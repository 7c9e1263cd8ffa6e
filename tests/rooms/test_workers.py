"""One room on two workers: what is saved stays saved, and one of them takes the snapshots."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import pytest

from crdt import frames
from crdt.frames import SyncStep2, Update
from crdt.replica import Role
from server.bus.memory import MemoryBus, MemoryExchange
from server.rooms.hub import Hub
from server.rooms.neighbours import GONE_SECONDS
from server.store.database import DOCUMENTS, Database
from server.store.documents import covers_of
from server.store.journal import Journal
from tests.helpers.embedded import eventually
from tests.helpers.journals import crash
from tests.helpers.wires import turn_over
from tests.rooms.conftest import HubFactory
from tests.rooms.test_rooms import Typist, text_of


class LossyBus(MemoryBus):
    """Publishes nothing while it is `lost`."""

    lost = False

    def turn(self, *, bad: bool) -> None:
        """It carries nothing, as it says itself; or again."""
        self.trouble = "away" if bad else None
        for tell in self.on_health:
            tell()

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None:
        if not self.lost:
            super().publish(room, payload, to)


@pytest.fixture
async def hubs(make_hub: HubFactory, journal: Journal, other_journal: Journal) -> tuple[Hub, Hub]:
    exchange = MemoryExchange()
    one, two = (
        make_hub(bus=LossyBus(exchange), journal=each, snapshot_every=3)
        for each in (journal, other_journal)
    )
    return one, two


def lose(hub: Hub, *, lost: bool) -> None:
    cast(LossyBus, hub.bus).lost = lost


async def test_what_one_worker_said_was_saved_is_there_although_another_had_not_written_it(
    hubs: tuple[Hub, Hub], journal: Journal, other_journal: Journal, session_id: str
) -> None:
    """A client whose worker was killed comes back to another, which heard its edit by the bus."""
    one, two = hubs
    ada = await Typist.come(one, await one.open(session_id))
    room = await two.open(session_id)
    await crash(journal)  # before it wrote anything
    ada.type("a")
    await eventually(lambda: text_of(room).startswith("a"), "the edit to arrive")
    again = await Typist.come(two, room)
    again.say(frames.encode(SyncStep2(ada.doc.get_update())))
    await eventually(lambda: again.events("saved"), "saved")
    await crash(other_journal)
    stored = await Journal(other_journal._database, 1).load(session_id)
    copy = await Typist.come(two, room)
    for update in stored.updates:
        copy.doc.apply_update(update)
    assert copy.text().startswith("a")
    for each in (journal, other_journal):
        await each.start()  # else the rooms wait for them


async def test_a_snapshot_holds_what_the_bus_lost_and_everybody_here_hears_of_it(
    hubs: tuple[Hub, Hub], journal: Journal, other_journal: Journal, session_id: str,
    database: Database,
) -> None:  # fmt: skip
    one, two = hubs
    rooms = [await hub.open(session_id) for hub in hubs]
    ada = await Typist.come(one, rooms[0])
    bob = await Typist.come(two, rooms[1], Role.PARTICIPANT)
    lose(two, lost=True)
    bob.type("lost ")
    await eventually(lambda: bob.events("saved"), "bob's edit to be saved")
    lose(two, lost=False)
    for _ in range(3):
        ada.type("x")
    await eventually(lambda: rooms[1].log.durable == 4, "the other worker to have stored all")
    await one.snapshots.take(rooms[0])
    await turn_over()
    assert "lost " in text_of(rooms[0])
    assert "lost " in ada.text()
    row = await database.collection(DOCUMENTS).find_one({"_id": session_id})
    assert row is not None
    assert covers_of(row)[other_journal.writer] == rooms[1].log.appended
    assert covers_of(row)[journal.writer] == rooms[0].log.appended
    ada.forget()
    ada.type("y")
    await one.snapshots.take(rooms[0])
    await turn_over()
    assert ada.got(Update) == [], "what is known is told once more"


async def test_what_a_worker_stored_that_died_while_the_bus_was_away_comes_to_those_who_are_there(
    hubs: tuple[Hub, Hub], journal: Journal, session_id: str
) -> None:
    one, two = hubs
    two.start()
    bus = cast(LossyBus, two.bus)
    room = await two.open(session_id)
    bob = await Typist.come(two, room)
    lose(one, lost=True)
    bus.turn(bad=True)
    ada = await Typist.come(one, await one.open(session_id))
    ada.type("saved ")
    await eventually(lambda: ada.events("saved"), "ada's edit to be saved")
    await crash(journal)
    assert "saved " not in text_of(room)
    bus.turn(bad=False)
    await eventually(lambda: "saved " in bob.text(), "it to be read from the store")
    await journal.start()  # else the rooms wait for it


async def test_what_a_worker_stored_that_is_gone_without_a_word_is_read(
    hubs: tuple[Hub, Hub], session_id: str
) -> None:
    one, two = hubs
    rooms = [await hub.open(session_id) for hub in hubs]
    ada = await Typist.come(one, rooms[0])
    bob = await Typist.come(two, rooms[1])
    await eventually(lambda: rooms[1].neighbours.names, "the other worker to be known")
    lose(one, lost=True)
    ada.type("lost ")
    await eventually(lambda: ada.events("saved"), "ada's edit to be saved")
    for each in rooms[1].neighbours._there.values():
        each.heard -= 2 * GONE_SECONDS
    two.start()
    await eventually(lambda: "lost " in bob.text(), "it to be read from the store")


async def test_one_worker_takes_the_snapshots_until_it_puts_the_room_away(
    hubs: tuple[Hub, Hub], journal: Journal, other_journal: Journal, session_id: str,
    database: Database,
) -> None:  # fmt: skip
    rooms = [await hub.open(session_id) for hub in hubs]
    people = [
        await Typist.come(hub, room, user=str(number))
        for number, (hub, room) in enumerate(zip(hubs, rooms, strict=True))
    ]

    async def state() -> bytes:
        row = await database.collection(DOCUMENTS).find_one({"_id": session_id})
        assert row is not None
        return bytes(row["state"])

    async def takes(number: int) -> bool:
        before = await state()
        people[number].type("x")
        await hubs[number].snapshots.take(rooms[number])
        return await state() != before

    assert await takes(0)
    assert not await takes(1)
    people[0].leave()
    await hubs[0]._put_away(rooms[0])
    await eventually(lambda: not journal.snapshots._tokens, "the lease to be let go")
    await hubs[0].close()
    assert await takes(1)


async def test_opening_a_room_to_read_it_stores_nothing(
    make_hub: HubFactory, journal: Journal, session_id: str, database: Database
) -> None:
    hub = make_hub(grace_seconds=0)
    before = await database.collection(DOCUMENTS).find_one({"_id": session_id})
    assert before is not None
    await hub.open(session_id)
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    await journal._file()
    after = await database.collection(DOCUMENTS).find_one({"_id": session_id})
    assert after == {**before, "open": []}
