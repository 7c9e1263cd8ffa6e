"""Which worker has a room's run, and how it ends in the store: once, whatever goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from server.errors import RunBusy, StorageUnavailable
from server.rooms.record import Run, gone
from server.store.runs import Claim, Runs, claim_of
from server.store.workers import Workers

SAVE_SECONDS: Final = 1.0
"""How long the end of a run is kept from people while the store does not answer."""

AGAIN_SECONDS: Final = 1.0
"""Pause before a store that was away is tried again."""

TRIES: Final = 3
"""How often a claim is tried behind one that was left: others may be as quick."""

log = structlog.stdlib.get_logger(__name__)


class Claims:
    """Those of one worker. ``end``: the name of its end of the bus. ``on_saved`` hears of each
    run whose end is stored, ``on_settled`` of each that this worker ended for one that is gone.
    """

    def __init__(
        self,
        runs: Runs,
        workers: Workers,
        end: str,
        *,
        ours: Callable[[Run], bool],
        on_saved: Callable[[Run], None],
        on_settled: Callable[[Run], None],
    ) -> None:
        """``ours``: whether a run of this worker goes on, or is about to."""
        self._runs = runs
        self._workers = workers
        self._claim = Claim(workers.name, workers.writer, end)
        self._ours = ours
        self._on_saved = on_saved
        self._on_settled = on_settled
        self._saving: dict[str, set[asyncio.Task[None]]] = {}
        """What stores the ends of runs, by session."""
        self._closed = False

    async def take(self, run: Run) -> None:
        """Store a new run as the one that goes on in its session.

        Raises ``RunBusy`` or ``StorageUnavailable``.
        """
        if saving := self._saving.get(run["session"]):
            await asyncio.wait(set(saving), timeout=SAVE_SECONDS)
        for _ in range(TRIES):
            try:
                if await self._runs.begin(run, self._claim):
                    return
            except BaseException:  # it may be there all the same
                self.drop(run)
                raise
            row = await self._runs.going(run["session"])
            if row is not None and not await self.settle_if_left(row):
                break
        raise RunBusy

    def drop(self, run: Run) -> None:
        """A run that was claimed and then not started: nothing of it stays."""
        self._spawn(run["session"], self._drop(run))

    async def end(self, run: Run) -> None:
        """Store how a run of ours ended, and let the next one begin. Returns after
        ``SAVE_SECONDS`` also when that is still to be done, once the store is back."""
        await asyncio.wait({self._spawn(run["session"], self._save(run))}, timeout=SAVE_SECONDS)

    async def settle_if_left(self, row: Run) -> bool:
        """Whether a stored run stands in nobody's way (any more): it is ended here when its
        worker is gone. Raises ``StorageUnavailable``."""
        claim = claim_of(row)
        if claim is None:
            return True
        if claim.life == self._claim.life:
            if self._ours(row) or row["session"] in self._saving:
                return False
        elif not await self._workers.is_over(claim.worker, claim.life):
            return False
        ended = gone(row)
        if await self._runs.settle(ended, claim):
            log.warning("run of a worker that is gone", run=row["_id"], worker=claim.worker)
            self._on_settled(ended)
        return True

    async def settle_left_by(self, worker: str) -> None:
        """End every run that a worker of that name left, if it is gone. Raises
        ``StorageUnavailable``."""
        for row in await self._runs.left(worker, but=self._claim.life):
            await self.settle_if_left(row)

    async def close(self) -> None:
        """Wait for what is being stored; a store that is away is not tried again."""
        self._closed = True
        tasks = [task for each in self._saving.values() for task in each]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _save(self, run: Run) -> None:
        while True:
            try:
                if not await self._runs.finish(run, self._claim.life):
                    log.warning("others have ended this run already", run=run["_id"])
                self._on_saved(run)
            except StorageUnavailable:
                log.error("run not stored yet", run=run["_id"], session=run["session"])
            else:
                return
            if self._closed:
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _drop(self, run: Run) -> None:
        while not self._closed:
            try:
                await self._runs.drop(run["_id"], self._claim.life)
            except StorageUnavailable:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    def _spawn(self, session_id: str, storing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(storing)
        self._saving.setdefault(session_id, set()).add(task)
        task.add_done_callback(lambda done: self._stored(session_id, done))
        return task

    def _stored(self, session_id: str, task: asyncio.Task[None]) -> None:
        saving = self._saving[session_id]
        saving.discard(task)
        if not saving:
            del self._saving[session_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # what the driver says may hold all that was printed
            log.error("run not stored", session=session_id, error=type(error).__name__)
