"""Workers by name on one database, each with a journal."""

from __future__ import annotations

from server.stopping import stop
from server.store.database import Database
from server.store.journal import Journal
from server.store.room_log import RoomLog
from server.store.workers import Workers
from tests.helpers.journals import crash

FLUSH_SECONDS = 0.005
BEAT_SECONDS = 0.05  # gone after 0.2 s


class Fleet:
    """``crash`` ends one as ``kill -9`` would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._running: list[Journal] = []

    async def start(self, name: str) -> Journal:
        workers = Workers(self.database, name, BEAT_SECONDS)
        journal = Journal(self.database, FLUSH_SECONDS, workers=workers)
        await journal.start()
        self._running.append(journal)
        return journal

    async def crash(self, journal: Journal) -> None:
        await crash(journal)
        self._running.remove(journal)

    async def stop(self) -> None:
        for journal in self._running:
            await journal.stop()


async def cut_off(workers: Workers) -> None:
    """From now on it gives no sign by itself, nor looks for those of others."""
    assert workers._task is not None
    await stop(workers._task)


async def opened(journal: Journal, room: str) -> RoomLog:
    stored = await journal.load(room)
    return journal.open(room, stored.seq, lambda: None, lambda: None)


async def append(journal: Journal, log: RoomLog, *updates: bytes) -> None:
    for update in updates:
        journal.append(log, "author", update)
    await journal.flush(log)
