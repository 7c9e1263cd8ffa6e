"""One queue for several workers: see `queue`; whose turn it is, Redis knows (`turns`).

While Redis is away each worker goes by its own count, as if it were alone, and asks again until it
is there. A run begins by leaving this worker's own list of those that wait, so it begins once,
whoever said that it may.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Final

import structlog

from server.bus.base import Bus
from server.runner.base import Runner
from server.runner.queue import Queued, QueuedRun
from server.runner.turns import LEASE_SECONDS, Turns, TurnsUnknown
from server.stopping import stop

TELLS_PER_LEASE: Final = 4

AGAIN_SECONDS: Final = 1.0
"""How long a Redis that does not answer is left alone."""

TELLING_SECONDS: Final = 3.0
"""After Redis was away nothing begins for so long: others must have told it what goes on."""

log = structlog.stdlib.get_logger(__name__)


class SharedQueue(Queued):
    """See `base.Runner`: at most `at_once` at the same time on all workers with the same `key`."""

    def __init__(
        self,
        runner: Runner,
        at_once: int,
        *,
        bus: Bus,
        redis_url: str,
        key: str,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """`key`: begins with what tells deployments apart that share a Redis."""
        super().__init__(runner, at_once)
        self._bus = bus
        self._topic = f"queue {key}"  # no session's id is like it
        self._turns = Turns(redis_url, key, bus.name, at_once, lease_seconds=lease_seconds)
        self._every = lease_seconds / TELLS_PER_LEASE
        self._numbers = count(1)
        self._wake = asyncio.Event()
        self._away = False
        self._granting_from = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to hear of places that others leave; to be awaited before the first `start`."""
        await self._bus.subscribe(self._topic, self)
        self._asking = asyncio.create_task(self._ask_forever(), name="run-queue")

    async def close(self) -> None:
        await super().close()
        if self._asking is None:
            return
        await stop(self._asking)
        self._asking = None
        await self._ask()  # leaves the places to others at once
        await self._bus.unsubscribe(self._topic)
        await self._turns.close()

    def hear(self, origin: str, payload: bytes) -> None:
        """Another worker left a place."""
        if self._waiting:
            self._wake.set()

    def missed(self, origin: str | None) -> None:
        """Perhaps one did."""
        if self._waiting:
            self._wake.set()

    def _move_up(self) -> None:
        if self._away:
            super()._move_up()
        self._wake.set()

    async def _ask_forever(self) -> None:
        while True:
            loop = asyncio.get_running_loop()
            pause = AGAIN_SECONDS if self._away else self._every
            if loop.time() < self._granting_from:
                pause = min(pause, self._granting_from - loop.time())
            idle = not self._waiting and not self._going
            try:
                async with asyncio.timeout(None if idle else pause):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._ask()

    async def _ask(self) -> None:
        """Tell Redis what there is here, and do what it says."""
        waiting = {self._ticket(run): run for run in self._waiting}
        going = [self._ticket(run) for run in self._going.values()]
        granting = not self._away and asyncio.get_running_loop().time() >= self._granting_from
        try:
            answer = await self._turns.ask(list(waiting), going, granting=granting)
        except TurnsUnknown as error:
            self._lose(str(error))
            return
        self._find()
        for ticket in answer.begin:
            if waiting[ticket] in self._waiting:  # else it was stopped, or began, meanwhile
                self._begin(waiting[ticket])
        for ticket, place in answer.places.items():
            if waiting[ticket] in self._waiting:
                waiting[ticket].wait_at(place)
        if answer.freed:
            self._bus.publish(self._topic, b"")

    def _ticket(self, run: QueuedRun) -> str:
        if run.ticket is None:
            kind = "r" if run.job.repl else "p"
            run.ticket = f"{self._bus.name}:{kind}:{next(self._numbers)}"
        return run.ticket

    def _lose(self, why: str) -> None:
        if not self._away:
            log.warning("runs go by this server's own count", why=why)
        self._away = True
        super()._move_up()

    def _find(self) -> None:
        if self._away:
            self._away = False
            self._granting_from = asyncio.get_running_loop().time() + TELLING_SECONDS
            self._wake.set()
            log.info("runs go by the count of all servers again")
