"""Several workers with one room: fixtures, and what tests ask of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from server.bus.envelope import Envelope
from server.bus.memory import MemoryBus, MemoryExchange
from server.rooms import neighbours
from server.rooms.calls import CallDesk
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.store.database import Database
from server.store.journal import Journal
from server.store.members import Members
from server.store.workers import Workers
from tests.helpers.embedded import eventually
from tests.rooms.conftest import HubFactory
from tests.rooms.test_rooms import text_of


class Ether(MemoryExchange):
    """A carrier that loses what `loses` says, and brings nothing to or from those in `cut`."""

    def __init__(self) -> None:
        super().__init__()
        self.loses: Callable[[Envelope], bool] = lambda _: False
        self.cut: set[str] = set()

    def carry(self, envelope: Envelope, to: MemoryBus) -> None:
        if self.cut & {envelope.origin, to.name} or self.loses(envelope):
            return
        super().carry(envelope, to)

    def join(self, name: str) -> None:
        """The end can be reached again, and knows that something may be lost."""
        self.cut.discard(name)
        for end in self.ends.values():
            for room in end._inbox.rooms:
                end._inbox.missed(room)


@dataclass
class Worker:
    hub: Hub
    bus: MemoryBus
    journal: Journal


@pytest.fixture
def ether() -> Ether:
    return Ether()


@pytest.fixture
async def workers(
    make_hub: HubFactory, members: Members, database: Database, ether: Ether,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[list[Worker]]:  # fmt: skip
    """Three, in the order of their names on the bus."""
    monkeypatch.setattr(neighbours, "RETRY_SECONDS", 0.05)
    made = []
    buses = sorted((MemoryBus(ether) for _ in range(3)), key=lambda bus: bus.name)
    for number, bus in enumerate(buses):
        journal = Journal(database, 0.005, workers=Workers(database, f"worker {number}"))
        await journal.start()
        hub = make_hub(bus=bus, journal=journal)
        hub.on_event = CallDesk(hub, members).on_event
        made.append(Worker(hub, bus, journal))
    yield made
    for worker in made:
        await worker.hub.close()
        await worker.journal.stop()


@pytest.fixture
async def rooms(workers: list[Worker], session_id: str) -> list[Room]:
    return [await worker.hub.open(session_id) for worker in workers]


async def same_text(rooms: list[Room], part: str = "") -> None:
    await eventually(
        lambda: part in text_of(rooms[0]) and len({text_of(room) for room in rooms}) == 1,
        f"the same text everywhere, with {part!r}",
    )


def names(room: Room) -> set[str]:
    return {row["_id"] for row in room.people()}


def unheard(room: Room, worker: Worker) -> None:
    """That worker has said nothing for long."""
    room.neighbours._there[worker.bus.name].heard -= 2 * neighbours.GONE_SECONDS
