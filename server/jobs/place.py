"""Where the background jobs are done: in this process, by a worker, when Inngest calls, nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

import structlog
from starlette.types import ASGIApp

from server.jobs.base import Task
from server.jobs.lease import RELEASE_SECONDS, Lease
from server.jobs.schedule import Schedule
from server.settings import Settings
from server.stopping import stop
from server.store.database import Database

log = structlog.stdlib.get_logger(__name__)

LEASE: Final = "jobs"


class Place(NamedTuple):
    """Whether and where they are done, and the setting that changes it; `inngest` is what
    answers Inngest, where that calls them."""

    on: bool
    what: str
    setting: str = "JOBS"
    inngest: ASGIApp | None = None


async def do_jobs(database: Database, tasks: Sequence[Task]) -> None:
    """Does the tasks whenever no other process does them, for ever; cancel it to stop."""
    await Lease(database, LEASE).run(Schedule(tasks).run)


async def started_jobs(
    settings: Settings, database: Database, tasks: Sequence[Task], stack: AsyncExitStack
) -> Place:
    """Starts doing them for as long as `stack`, where a server is to do that."""
    if settings.jobs == "off":
        return Place(False, "turned off")
    if settings.inngest_signing_key:
        from server.jobs.served import inngest_app  # takes long to import

        served = inngest_app(settings, tasks)
        what = "called by Inngest at /api/inngest"
        return Place(True, what, "INNGEST_SIGNING_KEY", served)
    if settings.jobs == "worker":
        return Place(False, "left to `interview worker`")
    running = asyncio.create_task(do_jobs(database, tasks), name="jobs")
    running.add_done_callback(_ended)
    stack.push_async_callback(stop, running, again=RELEASE_SECONDS + 1)
    return Place(True, "in this process; of several servers, one does them")


def _ended(running: asyncio.Task[None]) -> None:
    if not running.cancelled() and (error := running.exception()) is not None:
        log.error("background jobs ended", error=repr(error))
