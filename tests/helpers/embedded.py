"""The embedded database in a test's own process, with the ways it can go away."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from server.store.database import Database
from server.store.embedded import EmbeddedDatabase


class Storage:
    """A database process and a client for it. ``process.stop()`` and ``process.start()``
    take it away and bring it back on the same port."""

    def __init__(self, process: EmbeddedDatabase, database: Database) -> None:
        self.process = process
        self.database = database

    def kill(self) -> None:
        """It dies, and is started again by what watches over it."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)


@asynccontextmanager
async def storage_in(folder: Path) -> AsyncIterator[Storage]:
    """One with its data in ``folder``, and with all indexes."""
    process = EmbeddedDatabase(folder)
    database = Database(await process.start(), "test")
    try:
        await database.start()
        yield Storage(process, database)
    finally:
        await database.close()
        await process.stop()


async def eventually(holds: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Return once ``holds``; fail with ``what`` if it never does."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s for {what}") from None
