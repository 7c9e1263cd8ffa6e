"""Which workers live: each has a name, and gives a sign of life in the database.

The clocks of two machines are never compared: a worker is gone when its sign has not changed
for ``GONE_SECONDS`` in which we could look, or when it took its row away on its way down.

A row is ``{_id: name, beat, life}``. ``beat`` is new with each sign, ``life`` with each start: who
takes over from a worker takes its ``life`` away first, by comparing with the sign it saw, and a
worker whose ``life`` is not there gives no sign any more. Before it writes, one whose last sign is
older than half of ``GONE_SECONDS`` gives another first (``assure``), so it writes nothing once
others have begun to take over.
"""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Final

import structlog
from bson import ObjectId
from pymongo.errors import PyMongoError

from server.errors import StartupError, StorageUnavailable
from server.stopping import stop
from server.store.database import WORKERS, Database, new_id, reaching_storage

BEAT_SECONDS: Final = 5.0
GONE_SECONDS: Final = 20.0
"""Some signs may be missed: a machine that is busy, a database that is restarted."""

WORKERS_ON_DATA: Final = 128
"""Workers that may share one DATA_DIR: as many as WEB_CONCURRENCY allows, and each once more
while others take their place."""

log = structlog.stdlib.get_logger(__name__)


class Name:
    """A worker's name, kept in DATA_DIR so that the next one started there has it again: it
    then knows at once that its predecessor is gone. Nobody else has it until ``release``."""

    def __init__(self, data_dir: Path) -> None:
        """Raises StartupError when it can be neither read nor written."""
        try:
            self._file = _first_free(data_dir)
            self._file.seek(0)
            self.value = self._file.read().strip() or new_id()
            self._file.truncate(0)
            self._file.write(self.value)
            self._file.flush()
        except OSError as error:
            raise StartupError(
                f"{data_dir} cannot be used ({error.strerror}): set DATA_DIR to a folder that "
                "can be written."
            ) from error

    def release(self) -> None:
        self._file.close()


def _first_free(data_dir: Path) -> IO[str]:
    """The first of the files with names that no living worker holds."""
    for number in range(1, WORKERS_ON_DATA + 1):
        file = (data_dir / f"worker-{number}").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return file
    raise StartupError(f"{WORKERS_ON_DATA} servers use {data_dir}: set DATA_DIR to another folder.")


async def _nothing(_name: str) -> None:
    """Nobody takes over from workers that are gone."""


class Workers:
    """The workers on one database, as ``name`` sees them."""

    def __init__(self, database: Database, name: str, beat_seconds: float = BEAT_SECONDS) -> None:
        self.name = name
        self.on_gone: Callable[[str], Awaitable[None]] = _nothing
        """Called again and again with the name of one that is gone, until ``forget``."""
        self.on_put_out: list[Callable[[str], Awaitable[None]]] = []
        """Who else has to go on with what one left that is gone and gives no sign any more."""
        self.on_given_up: Callable[[], None] = lambda: None
        """Called when others took this worker for gone: it must not write any more."""
        self._workers = database.collection(WORKERS)
        self._beat_seconds = beat_seconds
        self._gone_seconds = GONE_SECONDS * beat_seconds / BEAT_SECONDS
        self._seen: dict[str, tuple[ObjectId, float]] = {}
        """The last sign of each of the others, and when it was new to us."""
        self._looked = time.monotonic()
        self._life = ObjectId()
        self.writer = str(self._life)
        """Whose the edits are that are written under this name from this start on: nobody else is
        this writer ever, whatever happens to names."""
        self._given = 0.0
        """When the last sign that got through was sent."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Give the first sign of life, and from now on one regularly. Raises
        ``StorageUnavailable``."""
        self._given = time.monotonic()
        row = {"beat": ObjectId(), "life": self._life}
        with reaching_storage():
            await self._workers.replace_one({"_id": self.name}, row, upsert=True)
        self._task = asyncio.create_task(self._beat_forever(), name="worker-beat")

    async def stop(self) -> None:
        """Say that this worker is gone, if the database can be reached."""
        if self._task:
            await stop(self._task)
        try:
            await self.forget(self.name)
        except (StorageUnavailable, PyMongoError) as error:
            log.warning("the worker's sign of life stays", error=str(error))

    async def forget(self, name: str) -> None:
        """A worker that left nothing behind. Raises ``StorageUnavailable``."""
        with reaching_storage():
            await self._workers.delete_one({"_id": name})

    async def assure(self) -> None:
        """Returns while nobody can take this worker for gone; to be awaited before each write.

        Raises ``StorageUnavailable``, also when others did already, or the driver's error.
        """
        if time.monotonic() - self._given > self._gone_seconds / 2:
            with reaching_storage():
                await self._beat()

    async def is_gone(self, name: str) -> bool:
        """Whether somebody else may go on with what it did. Raises ``StorageUnavailable``."""
        with reaching_storage():
            row = await self._workers.find_one({"_id": name})
        self._forget_old_signs()
        return row is None or self._silent(name, row["beat"])

    async def is_over(self, name: str, life: str) -> bool:
        """The same of one start (``writer``) under that name: at once where it was given up or
        another one was started since. Raises ``StorageUnavailable``."""
        with reaching_storage():
            row = await self._workers.find_one({"_id": name})
        self._forget_old_signs()
        if row is None or str(row.get("life")) != life:
            return True
        return name != self.name and self._silent(name, row["beat"])

    async def put_out(self, name: str) -> bool:
        """Sees to it that one that is gone gives no sign any more, and so writes nothing; False
        when it has given one meanwhile. Raises ``StorageUnavailable``."""
        beat, _ = self._seen.get(name, (None, 0.0))
        with reaching_storage():
            out = await self._workers.update_one(
                {"_id": name, "beat": beat}, {"$unset": {"life": ""}}
            )
            return bool(out.matched_count) or await self._workers.find_one({"_id": name}) is None

    def _forget_old_signs(self) -> None:
        """After a time in which we could not look, everybody gets anew all the time there is."""
        if time.monotonic() - self._looked > self._gone_seconds / 2:
            self._seen.clear()

    def _silent(self, name: str, beat: ObjectId) -> bool:
        """Whether the sign is as old as only that of one that is gone can be."""
        last, since = self._seen.get(name, (None, 0.0))
        if last != beat:
            self._seen[name] = (beat, time.monotonic())
            return False
        return time.monotonic() - since > self._gone_seconds

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            try:
                with reaching_storage():
                    await self._beat()
                    await self._look()
            except (StorageUnavailable, PyMongoError) as error:
                log.warning("no sign of life could be given", error=str(error))

    async def _beat(self) -> None:
        """Raises ``StorageUnavailable`` when this one was given up, or the driver's error."""
        now = time.monotonic()
        ours = {"_id": self.name, "life": self._life}
        given = await self._workers.update_one(ours, {"$set": {"beat": ObjectId()}})
        if not given.matched_count:
            log.error("other workers took this one for gone, or one was started under its name")
            self.on_given_up()
            raise StorageUnavailable
        self._given = now

    async def _look(self) -> None:
        """See who has given a sign, and tell of those that are gone."""
        self._forget_old_signs()
        now = time.monotonic()
        rows = await self._workers.find({"_id": {"$ne": self.name}}).to_list()
        self._looked = now
        for row in rows:
            if self._silent(row["_id"], row["beat"]):
                await self._pass_on(row["_id"])

    async def _pass_on(self, name: str) -> None:
        try:
            await self.on_gone(name)
        except Exception as error:  # noqa: BLE001 - what one left must not end our own sign of life
            # what the driver says may hold every edit
            kind = type(error).__name__
            log.error("a worker's work was not taken over", worker=name, error=kind)
