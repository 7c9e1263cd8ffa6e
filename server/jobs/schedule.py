"""The schedule: every task when it is due, one after the other.

A task that fails is logged and tried again, each time a little later, and holds up no other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Final

import structlog

from server.errors import StorageUnavailable
from server.jobs.base import Task

log = structlog.stdlib.get_logger(__name__)

FIRST_SECONDS: Final = 2.0
"""Within how many seconds of the start each task is done for the first time."""

JITTER: Final = 0.1
"""By how much of it an interval varies, so that servers started together drift apart."""

RETRY_SECONDS: Final = 5.0
"""Wait after the first failure; doubled with each further one, up to the task's interval."""


class Schedule:
    """`await run()` does the tasks for ever; cancel it to stop, at any moment."""

    def __init__(
        self, tasks: Sequence[Task], retry_seconds: float = RETRY_SECONDS, seed: int | None = None
    ) -> None:
        self.tasks = tasks
        self._retry_seconds = retry_seconds
        self._random = random.Random(seed)  # noqa: S311 - spreads load, guards nothing

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        failed = dict.fromkeys((task.name for task in self.tasks), 0)
        due = {
            task.name: clock() + self._random.uniform(0, min(FIRST_SECONDS, task.every))
            for task in self.tasks
        }
        while True:
            task = min(self.tasks, key=lambda each: due[each.name])
            await asyncio.sleep(max(0.0, due[task.name] - clock()))
            failed[task.name] = 0 if await self._well(task) else failed[task.name] + 1
            due[task.name] = clock() + self.wait(task, failed[task.name])

    def wait(self, task: Task, failures: int) -> float:
        """Seconds until a task is due again, after so many failures in a row."""
        wait = task.every
        if failures:
            wait = min(wait, self._retry_seconds * 2.0 ** min(failures - 1, 30))
        return wait * self._random.uniform(1 - JITTER, 1 + JITTER)

    async def _well(self, task: Task) -> bool:
        try:
            await task.run()
        except StorageUnavailable:
            log.warning("job will be tried again: the database is away", job=task.name)
            return False
        except Exception:  # one task's bug must not stop the others
            log.exception("job failed, will be tried again", job=task.name)
            return False
        return True
