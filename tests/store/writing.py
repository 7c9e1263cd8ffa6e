"""A worker in a process of its own, for tests that kill or stop it.

python -m tests.store.writing DB_URL DB_NAME WORKER ROOM: tells each edit once it is saved.
python -m tests.store.writing DB_URL DB_NAME WORKER ROOM STATE: takes the lease of the room's
snapshots, and at each line it reads stores STATE and tells whether it could.
"""

from __future__ import annotations

import asyncio
import sys

import structlog

from server.store.database import Database
from server.store.journal import Journal
from server.store.room_log import RoomLog
from server.store.workers import Workers
from tests.store.fleet import BEAT_SECONDS, FLUSH_SECONDS, opened


async def write(journal: Journal, log: RoomLog, name: str) -> None:
    """Edits without end, some at a time as clients send them."""
    first = log.appended
    while True:
        numbers = range(log.appended, log.appended + 3)
        for number in numbers:
            journal.append(log, name, f"{journal.writer}:{first}:{number}".encode())
        await journal.flush(log)
        for number in numbers:
            print(f"{journal.writer}:{first}:{number}", flush=True)
        if log.appended % 15 == 0:
            await journal._file()


async def hold(journal: Journal, room: str, state: bytes) -> None:
    assert await journal.snapshots.hold(room)
    _, covers = await journal.news(room, {})
    print("holds", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(await journal.snapshots.store(room, covers, state), flush=True)


async def main(url: str, database: str, name: str, room: str, state: str = "") -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    reached = Database(url, database)
    workers = Workers(reached, name, BEAT_SECONDS * (1 if state else 20))
    journal = Journal(reached, FLUSH_SECONDS, workers=workers)
    await journal.start()
    log = await opened(journal, room)
    if state:
        await hold(journal, room, state.encode())
    else:
        await write(journal, log, name)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
