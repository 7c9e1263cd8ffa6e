"""The journal: every edit of every room, made durable by group commit.

Three collections carry it. ``journal`` takes one insert every few tens of milliseconds with
the new edits of *all* rooms, so that its cost hardly grows with their number (a document a
room took five times the database's time). ``history`` holds the same edits filed room by
room, in chunks; filing happens seconds later and then takes them out of ``journal``, which
so stays short. ``documents`` has one row a room: its epoch and newest snapshot.

A room is its snapshot plus the edits behind it, filed or not (``reading``). Each worker that has
it open writes what its own clients and the other workers bring, numbered for itself, so that none
waits for another; what a dead one has not filed others file (``openings``). Applying an edit twice
changes nothing, so every step may be repeated. Chunks the snapshot covers are merged when nobody
is there (``compaction``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import accumulate
from typing import Final

import structlog
from bson import ObjectId
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from crdt.errors import FrameError
from crdt.history import Entry
from server.errors import StartupError, StorageUnavailable
from server.stopping import stop
from server.store import filing, reading
from server.store.database import HISTORY, JOURNAL, Database, reaching_storage
from server.store.documents import Documents
from server.store.edits import Run, moment, pack
from server.store.openings import Openings
from server.store.room_log import Lag, RoomLog, Stored
from server.store.snapshots import Snapshots
from server.store.workers import Workers

log = structlog.stdlib.get_logger(__name__)

PENDING_BYTES: Final = 64 * 1024 * 1024
"""Bytes of edits kept in memory while the database is away; beyond, rooms are read-only."""

COMMIT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of edits in one insert; a MongoDB document holds 16 MB."""

COMMIT_SECONDS: Final = 5.0
"""How long one insert may take before people are told and it is tried again."""

RETRY_SECONDS: Final = (0.1, 2.0)
"""First and longest wait between two tries while the database is away."""

FILE_SECONDS: Final = 5.0
"""How often edits are filed from ``journal`` into ``history``."""

TELL_ROOMS: Final = 16
"""Rooms that are told at a time what is durable: telling hundreds at once would hold up what
people type."""

ENTRY_BYTES: Final = 64
"""What an edit costs in memory besides its own bytes, roughly."""


class Journal:
    """Takes edits synchronously, writes them in the background, tells when they are safe."""

    def __init__(
        self,
        database: Database,
        flush_seconds: float,
        pending_limit: int = PENDING_BYTES,
        *,
        workers: Workers | None = None,
    ) -> None:
        """``flush_seconds``: how long edits are gathered before they are written;
        ``pending_limit``: bytes of edits kept while the database is away; ``workers``: those on
        this database, None where there is only one."""
        self.workers = workers or Workers(database, "server")
        self.snapshots = Snapshots(database, self.workers)
        """Those of rooms, of which one worker at a time takes them."""
        self._openings = Openings(database, self.workers)
        self._database = database
        self._journal = database.collection(JOURNAL)
        self._history = database.collection(HISTORY)
        self._documents = Documents(database)
        self._flush_seconds = flush_seconds
        self._logs: dict[str, RoomLog] = {}
        self._pending: list[tuple[RoomLog, bytes]] = []
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._committed = asyncio.Condition()
        self._pending_bytes = 0
        self._pending_limit = pending_limit
        self._unfiled: set[RoomLog] = set()
        self._commits: list[ObjectId] = []
        """Group commits whose edits are not filed."""
        self._filing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.on_commit: Callable[[float], None] = lambda _: None
        """Called after every group commit with the seconds it took, tries and waits included."""
        self.written = 0
        """Edits made durable since the start."""
        self._writing: list[tuple[RoomLog, bytes]] = []
        self.trouble: str | None = None
        """Why edits cannot be made durable just now, or None."""

    @property
    def writer(self) -> str:
        """Whose the edits are that this journal takes."""
        return self.workers.writer

    @property
    def full(self) -> bool:
        """Whether no more edits can be kept: rooms must be read-only."""
        return self.trouble is not None and self._pending_bytes >= self._pending_limit

    @property
    def lag(self) -> Lag:
        """How much is not durable yet; nothing on the way of an edit keeps count of it."""
        waiting = (*self._writing[:1], *self._pending[:1])
        oldest = next((moment(entry) for _, entry in waiting), None)
        age = 0.0 if oldest is None else max(0.0, time.time() - oldest / 1000)
        return Lag(len(self._writing) + len(self._pending), self._pending_bytes, age)

    # -- life ----------------------------------------------------------------------------

    async def start(self) -> None:
        """File what a crash left behind, then begin to write.

        Raises ``StorageUnavailable``, or ``StartupError`` when it cannot be read.
        """
        try:
            with reaching_storage():
                recovered = await self._openings.recover()
                await self.workers.start()
        except FrameError as error:
            raise StartupError(
                f"The collection {JOURNAL!r} holds a damaged row: {error}."
            ) from error
        if recovered:
            log.info("journal recovered", edits=recovered)
        self._tasks = [
            asyncio.create_task(self._write_forever(), name="journal-write"),
            asyncio.create_task(self._file_forever(), name="journal-file"),
        ]

    async def stop(self, within: float = 5.0) -> None:
        """Write and file what is left, for at most ``within`` seconds, then end."""
        try:
            async with asyncio.timeout(within):
                await self.flush()
                await self._file()
                await self._openings.release_all()
        except Exception as error:  # noqa: BLE001 - what is left is filed by whoever comes next
            failed = type(error).__name__
            log.error("journal not written out", bytes=self._pending_bytes, error=failed)
        finally:
            await stop(*self._tasks)
            await self.workers.stop()

    # -- rooms ---------------------------------------------------------------------------

    async def create(self, room: str, epoch: str, entry: Entry) -> None:
        """Store a new document whose first edit is ``entry``; durable on return.

        Raises ``StorageUnavailable``.
        """
        await self._documents.create(room, epoch, entry)

    async def load(self, room: str) -> Stored:
        """Everything that is durable of ``room``, whoever wrote it, also what a worker that was
        killed has not filed.

        Raises ``NoSuchDocument`` when it was never created, ``StorageUnavailable`` when that
        cannot be found out: never an empty document.
        """
        if room in self._logs:
            if self.trouble is not None:
                raise StorageUnavailable
            await self.flush(self._logs[room])
        try:
            with reaching_storage():
                if self._filing.locked() or any(log.room == room for log in self._unfiled):
                    await self._file()  # so that the next log begins behind what is filed
                row = await self._openings.mark(room)
                return await self._documents.stored(row, self.writer)
        except BaseException:
            self.leave(room)
            raise

    def leave(self, room: str) -> None:
        """A room that was loaded, and will not be opened after all."""
        if room not in self._logs:
            self._openings.leave(room)

    async def entries(self, room: str) -> list[Entry]:
        """The whole journal of ``room``, for replay. Raises ``StorageUnavailable``."""
        with reaching_storage():
            return (await reading.beyond(self._database, room, {})).entries

    async def news(
        self, room: str, covers: Mapping[str, int]
    ) -> tuple[list[bytes], dict[str, int]]:
        """The durable edits of other workers that are not in ``covers``, in the order in which to
        apply them, and the covers with them. Raises ``StorageUnavailable``."""
        with reaching_storage():
            found = await reading.beyond(self._database, room, covers, but=self.writer)
        return [entry.update for entry in found.entries], found.covers

    def open(
        self, room: str, seq: int, on_durable: Callable[[], None], on_health: Callable[[], None]
    ) -> RoomLog:
        """Begin to journal a room that was loaded up to ``seq``, the last edit of this writer.

        ``on_durable`` is called after a write that held edits of this room, ``on_health``
        when ``trouble`` or ``full`` changed.
        """
        opened = RoomLog(room, seq, seq, on_durable, on_health, filed=seq)
        self._logs[room] = opened
        return opened

    def close(self, room_log: RoomLog) -> None:
        """Stop journalling a room. What was appended is still written, and waited for by
        whoever loads the room next; the callbacks are not called any more."""
        room_log.closed = True
        self._forget_written()

    def append(self, room_log: RoomLog, author: str, update: bytes) -> None:
        """Take one edit; it is written within about ``flush_seconds``."""
        room_log.appended += 1
        entry = pack(time.time_ns() // 1_000_000, author, update)
        room_log.entries.append(entry)
        if not self._pending:
            self._wake.set()
        self._pending.append((room_log, entry))
        self._pending_bytes += len(entry) + ENTRY_BYTES
        if self.trouble is not None and self.full:
            self._tell_health()

    async def flush(self, room_log: RoomLog | None = None, *, hurry: bool = True) -> None:
        """Return when everything appended until now (to ``room_log``, or at all) is durable:
        at once, or with the next commit that comes anyway."""
        logs = list(self._logs.values()) if room_log is None else [room_log]
        targets = [(each, each.appended) for each in logs]
        if hurry and any(each.durable < target for each, target in targets):
            self._hurry.set()
        async with self._committed:
            await self._committed.wait_for(
                lambda: all(each.durable >= target for each, target in targets)
            )

    async def close_document(self, room: str) -> None:
        """Mark a document as one nobody edits any more. Raises ``StorageUnavailable``."""
        await self._documents.close(room)

    # -- writing -------------------------------------------------------------------------

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            await self._gather()
            batch, size = self._cut()
            self._writing = batch
            written: dict[RoomLog, list[bytes]] = {}
            for room_log, entry in batch:
                written.setdefault(room_log, []).append(entry)
            began = time.perf_counter()
            self._commits.append(await self._commit(written))
            self.on_commit(time.perf_counter() - began)
            self._writing = []
            self.written += len(batch)
            self._pending_bytes -= size
            for room_log, entries in written.items():
                room_log.durable += len(entries)
            self._unfiled |= written.keys()
            self._heal()
            async with self._committed:
                self._committed.notify_all()
            for number, room_log in enumerate(written, 1):
                if not room_log.closed:
                    room_log.on_durable()
                if number % TELL_ROOMS == 0:
                    await asyncio.sleep(0)
            self._forget_written()

    async def _gather(self) -> None:
        """Let edits come together for ``flush_seconds``, unless somebody waits for them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._flush_seconds):
                await self._hurry.wait()
        self._hurry.clear()

    def _cut(self) -> tuple[list[tuple[RoomLog, bytes]], int]:
        """Take pending edits, ``COMMIT_BYTES`` at most (or one edit), and their bytes."""
        sizes = accumulate(len(entry) + ENTRY_BYTES for _, entry in self._pending)
        size = count = 0
        for count, size in enumerate(sizes, 1):  # noqa: B007 - both are used behind
            if size >= COMMIT_BYTES:
                break
        batch, self._pending = self._pending[:count], self._pending[count:]
        if not self._pending:
            self._wake.clear()
        return batch, size

    async def _commit(self, written: Mapping[RoomLog, list[bytes]]) -> ObjectId:
        """Insert the next edits of these rooms as one document, however often that has to be
        tried; return its id."""
        runs = {log.room: Run(log.durable + 1, entries) for log, entries in written.items()}
        row = filing.commit(runs, self.workers.name, self.writer, number=self.written)
        wait = RETRY_SECONDS[0]
        while True:
            try:
                async with asyncio.timeout(COMMIT_SECONDS):
                    await self.workers.assure()
                    await self._journal.insert_one(row)
            except (DuplicateKeyError, BulkWriteError):
                # An earlier try got through although its answer did not: the id is its own.
                break
            except (PyMongoError, StorageUnavailable, TimeoutError) as error:
                self._ail(error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, RETRY_SECONDS[1])
            else:
                break
        commit: ObjectId = row["_id"]
        return commit

    def _ail(self, error: Exception) -> None:
        if self.trouble is None:
            self.trouble = "the database cannot be reached"
            log.error("journal degraded", error=str(error) or type(error).__name__)
            self._tell_health()

    def _heal(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            log.info("journal recovered from trouble")
            self._tell_health()

    def _tell_health(self) -> None:
        for room_log in list(self._logs.values()):
            if not room_log.closed:
                room_log.on_health()

    def _forget_written(self) -> None:
        for room_log in [each for each in self._logs.values() if each.closed]:
            if room_log.durable == room_log.appended:
                del self._logs[room_log.room]
                self._openings.leave(room_log.room)

    # -- filing --------------------------------------------------------------------------

    async def _file_forever(self) -> None:
        while True:
            await asyncio.sleep(FILE_SECONDS)
            try:
                await self._file()
            except Exception as error:  # noqa: BLE001 - the next time may well work
                # what the driver says may hold every edit
                log.warning("journal not filed, will be tried again", error=type(error).__name__)

    async def _file(self) -> None:
        """File every edit that is durable by now. Raises the driver's error; nothing is then
        forgotten, and filing again is fine."""
        async with self._filing:
            commits = list(self._commits)
            logs = [(room_log, room_log.durable - room_log.filed) for room_log in self._unfiled]
            chunks = [
                filing.chunks(
                    room_log.room,
                    self.writer,
                    room_log.filed + 1,
                    room_log.entries[:count],
                )
                for room_log, count in logs
            ]
            if commits:
                await filing.file(self._journal, self._history, chunks, commits)
            del self._commits[: len(commits)]
            for room_log, count in logs:
                room_log.filed += count
                del room_log.entries[:count]
                if room_log.filed == room_log.durable:
                    self._unfiled.discard(room_log)
            await self._openings.release()
