"""Does one task once against a real database, for a test that kills it meanwhile.

python -m tests.jobs.killed DB_URL DB_NAME STREAM_URL TASK
"""

from __future__ import annotations

import asyncio
import sys

from server.jobs.base import Task
from server.jobs.tasks import tasks_of
from server.media.stream import StreamMedia
from server.settings import Settings
from server.store.database import Database
from server.store.documents import Documents
from server.store.sessions import Session
from tests.helpers.stream import KEY, SECRET


def task_of(name: str, database: Database, stream_url: str) -> Task:
    """As a worker has it."""
    documents = Documents(database)

    async def end(session: Session, _reason: str) -> None:
        await documents.close(session.id)

    media = StreamMedia(KEY, SECRET, stream_url, stream_url)
    tasks = tasks_of(Settings(), database, media, end)
    return next(task for task in tasks if task.name == name)


async def main(url: str, name: str, stream_url: str, task: str) -> None:
    chosen = task_of(task, Database(url, name), stream_url)
    print("begins", flush=True)
    await chosen.run()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
