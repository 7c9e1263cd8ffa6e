"""Ending a journal as a process that is killed would."""

from __future__ import annotations

from server.stopping import stop
from server.store.journal import Journal


async def crash(journal: Journal) -> None:
    """Nothing is written any more, and no sign of life given: also by a task that missed that it
    was cancelled, as one may that waits for the database."""
    assert journal.workers._task is not None
    await stop(*journal._tasks, journal.workers._task, again=0.05)
