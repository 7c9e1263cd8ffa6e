"""A desk of runs on one worker, and people in its room."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any
from unittest.mock import AsyncMock

from crdt.replica import Role
from server.auth.principal import Principal
from server.bus.memory import MemoryBus
from server.errors import RunBusy
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.orders import Order
from server.rooms.room import Room
from server.rooms.runs import RunDesk
from server.store.database import Database
from server.store.progress import Progress
from server.store.runs import Runs
from server.store.workers import Workers
from tests.helpers.wires import Client
from tests.rooms.scripted import ScriptedRun, ScriptedRunner

ADA = Principal("ada", "Ada", "user")


class LossyBus(MemoryBus):
    """Brings nothing to others while it is `lost`."""

    lost = False

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None:
        if not self.lost:
            super().publish(room, payload, to)

    def send(self, to: str, room: str, payload: bytes) -> None:
        if not self.lost:
            super().send(to, room, payload)


class Watcher(Client):
    """Somebody in a room who hears of its runs."""

    def __init__(self, desk: Desk, room: Room, role: Role = Role.HOST) -> None:
        super().__init__(role)
        self._desk, self._room = desk, room
        self.enter(desk.hub, room)

    def ask(self, kind: str, **values: Any) -> None:
        self._desk.desk.on_event(self._room, self.peer, {"type": kind, **values})

    def refused(self) -> list[str]:
        return [event["code"] for event in self.events("error")]

    def printed(self) -> dict[int, str]:
        """What arrived, by number, as a page keeps it."""
        pieces: dict[int, str] = {}
        for event in self.events("run.output"):
            pieces.setdefault(event["at"], event["text"])
        return pieces


class Desk:
    """One worker's."""

    def __init__(self, hub: Hub, bus: LossyBus, database: Database, workers: Workers) -> None:
        self.hub = hub
        self.bus = bus
        self.runner = ScriptedRunner()
        self.desk = RunDesk(
            hub=hub,
            runs=Runs(database),
            workers=workers,
            progress=Progress(database),
            runner=self.runner,
            live=Live(bus),
        )

    @property
    def run(self) -> ScriptedRun:
        """The program that was started last."""
        return self.runner.runs[-1]

    async def open(self, session_id: str) -> Room:
        return await self.hub.open(session_id)

    async def start(self, session_id: str) -> str:
        """Starts a run; its id."""
        run = await self.desk.start(session_id, Order(ADA))
        return str(run["_id"])

    async def tries(self, session_id: str) -> bool:
        """Whether it could start a run."""
        try:
            await self.start(session_id)
        except RunBusy:
            return False
        return True

    async def arrives(self, session_id: str) -> dict[str, Any]:
        """The newest run, as somebody hears of it who comes."""
        runs: Sequence[dict[str, Any]] = self.desk.current(
            session_id, await self.desk.stored(session_id)
        )
        return runs[-1]

    async def stop(self) -> None:
        """As `kill -9`: nothing of it is told or stored any more."""
        self.bus.lost = True
        self.desk._claims = AsyncMock()
        for task in list(self.desk._tasks):
            task.cancel()
        await asyncio.gather(*self.desk._tasks, return_exceptions=True)


def text_of(run: dict[str, Any]) -> str:
    return "".join(each["text"] for each in run["output"])
