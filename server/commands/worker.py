"""`interview worker`: the background jobs of servers elsewhere, and nothing else."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from contextlib import suppress

from server.composition import work
from server.errors import StartupError
from server.jobs.lease import RELEASE_SECONDS
from server.logs import configure_logs
from server.settings import Settings, load_settings
from server.stopping import stop


def run(_arguments: argparse.Namespace) -> int:
    """Works until it is told to stop. Raises StartupError when it cannot start."""
    settings = load_settings()
    configure_logs(settings)
    _refuse_needless(settings)
    sys.stdout.write("Doing background jobs. Ctrl-C stops.\n")
    sys.stdout.flush()
    with suppress(asyncio.CancelledError, KeyboardInterrupt):  # told to stop
        asyncio.run(_until_told(settings))
    return 0


def _refuse_needless(settings: Settings) -> None:
    """Raises StartupError where no worker can or need be."""
    if not settings.db_url:
        raise StartupError(
            "A worker cannot reach the embedded database, which is the server's alone: set DB_URL "
            "to the MongoDB both use, or start no worker and leave JOBS=server."
        )
    if settings.jobs == "off":
        raise StartupError("Background jobs are turned off: set JOBS=worker to do them here.")
    if settings.inngest_signing_key:
        raise StartupError(
            "Inngest calls the background jobs at the server: start no worker, or unset "
            "INNGEST_SIGNING_KEY to do them here."
        )


async def _until_told(settings: Settings) -> None:
    working = asyncio.ensure_future(work(settings))
    stopping: list[asyncio.Future[None]] = []

    def end() -> None:
        stopping.append(asyncio.ensure_future(stop(working, again=RELEASE_SECONDS + 1)))

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    await working
