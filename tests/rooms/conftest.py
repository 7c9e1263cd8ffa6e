"""Rooms over a real journal and a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from crdt.document import SeedFile
from server.bus.base import Bus
from server.bus.memory import MemoryBus
from server.rooms.hub import Hub
from server.store.database import Database, new_id
from server.store.journal import Journal
from server.store.members import Members, Removal
from server.store.workers import Workers

FILES = (SeedFile("main.py", "python", "print(1)\n"), SeedFile("main.js", "javascript", "//\n"))


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    made = Journal(database, 0.005)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def other_journal(database: Database) -> AsyncIterator[Journal]:
    """That of another worker on the same database."""
    made = Journal(database, 0.005, workers=Workers(database, "other"))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def members(database: Database) -> Members:
    return Members(database)


HubFactory = Callable[..., Hub]


@pytest.fixture
async def make_hub(journal: Journal, members: Members) -> AsyncIterator[HubFactory]:
    hubs: list[Hub] = []

    ours = journal

    def make(
        grace_seconds: float = 60,
        bus: Bus | None = None,
        journal: Journal | None = None,
        snapshot_every: int = 500,
        removals: Callable[[str], Awaitable[Sequence[Removal]]] | None = None,
    ) -> Hub:
        hub = Hub(
            journal=journal or ours,
            bus=bus or MemoryBus(),
            removals=removals or members.removals,
            speakers=members.speakers,
            grace_seconds=grace_seconds,
            snapshot_every=snapshot_every,
        )
        hubs.append(hub)
        return hub

    yield make
    for hub in hubs:
        await hub.close()


@pytest.fixture
async def hub(make_hub: HubFactory) -> Hub:
    return make_hub()


@pytest.fixture
async def session_id(hub: Hub) -> str:
    """A session with its document stored."""
    made = new_id()
    await hub.create(made, FILES, "main.py")
    return made
