"""The embedded database: SecantusDB as a child process that is watched over.

It speaks MongoDB's protocol on a port of its own and keeps its data under DATA_DIR/db. It is
spoken to over a socket and never imported. If it dies it is started again on the same port,
so that the driver finds it again by itself; it ends with this server, however that ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

import structlog

from server.errors import StartupError

START_SECONDS: Final = 60.0  # recovery of half a million documents after a kill takes 7 s
LOCK_SECONDS: Final = 10.0  # for the database of a server just killed to finish
STOP_SECONDS: Final = 5.0  # then it is killed, which loses nothing
POLL_SECONDS: Final = 0.02
BACKOFF_SECONDS: Final = (0.1, 5.0)  # first and longest wait between two restarts
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
LOCKED = "already being managed by another process"
LOCK: Final = "server.lock"
LOG: Final = "db.log"
LAUNCHER = Path(__file__).with_name("launch.py")

log = structlog.stdlib.get_logger(__name__)


class Running(NamedTuple):
    """A server that uses the data, and the address of its database."""

    pid: int
    url: str


def running_server(data_dir: Path) -> Running | None:
    """The server that uses this data right now, or None.

    Raises StartupError while its database is not up (yet, or again).
    """
    try:
        lock = (data_dir / LOCK).open()
    except OSError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            holder = lock.read().strip()
        else:
            return None  # nobody holds it: what stands in it is old
    log_path = data_dir / LOG
    found = LISTENING.search(log_path.read_text(errors="replace")) if log_path.exists() else None
    if not found or not holder.isdigit():
        raise StartupError("The server is starting its database; try again in a moment.")
    return Running(int(holder), _url(int(found[1])))


def _url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


class _Locked(Exception):
    """Another process holds the files."""


class EmbeddedDatabase:
    """`async start()` -> the address to connect to; `async stop()` leaves no process behind."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._log_path = data_dir / LOG
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> str:
        """Starts it and returns its URL. Raises StartupError, saying what to do, when it is not
        installed, another server uses the data, or it does not come up."""
        program = self._program()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock_data()
        try:
            await self._start_when_free(program)
        except BaseException:
            await self.stop()
            raise
        self._watcher = asyncio.create_task(self._watch(program))
        return _url(self._port)

    async def stop(self) -> None:
        """Ends the child: asks, waits, then kills."""
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        await self._end_child()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _program(self) -> Path:
        """Where the console script is: beside this interpreter, or in its scripts folder."""
        for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
            if (program := folder / "secantusd-py").exists():
                return program
        raise StartupError(
            "The embedded database is not installed: set DB_URL to a MongoDB, "
            "or run `pip install interview-room[embedded]`."
        )

    def _lock_data(self) -> IO[str]:
        """Marks the data as ours for as long as this server lives.

        The database has a lock too, but that one is also held for a moment by the database of a
        server that was just killed; this tells the two apart.
        """
        path = self._data_dir / LOCK
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise self._data_in_use(f" (process {holder})" if holder else "") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def _data_in_use(self, holder: str = "") -> StartupError:
        return StartupError(
            f"Another server{holder} already uses the data in {self._data_dir.resolve()}: "
            "stop it, or set DATA_DIR to another folder."
        )

    async def _start_when_free(self, program: Path) -> None:
        give_up = asyncio.get_running_loop().time() + LOCK_SECONDS
        while True:
            try:
                await self._spawn(program)
            except _Locked:
                if asyncio.get_running_loop().time() > give_up:
                    raise self._data_in_use() from None
                await asyncio.sleep(0.2)
            else:
                return

    async def _spawn(self, program: Path) -> None:
        """Starts the child and returns when it listens; raises _Locked or StartupError."""
        config = self._data_dir / "db.toml"
        config.write_text("")  # an empty one of ours, or it would look for others
        with self._log_path.open("w") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", LAUNCHER, str(os.getpid())),
                *(sys.executable, program, "--host", "127.0.0.1", "--port", str(self._port)),
                *("--sync-on-commit", "--storage-path", self._data_dir / "db", "--config", config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal is for us to handle
            )
        self._port = await self._listening(self._process)

    async def _listening(self, process: asyncio.subprocess.Process) -> int:
        """Waits until the child says which port it listens on."""
        give_up = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < give_up:
            ended = process.returncode is not None
            said = self._log_path.read_text(errors="replace")
            if found := LISTENING.search(said):
                return int(found[1])
            if ended and LOCKED in said:
                raise _Locked
            if ended:
                break
            await asyncio.sleep(POLL_SECONDS)
        await self._end_child()
        raise StartupError(
            f"The embedded database does not start; {self._log_path} says why. "
            "Free what it complains about, or set DB_URL to a MongoDB."
        )

    async def _watch(self, program: Path) -> None:
        """Starts the child again whenever it ends, on the same port."""
        wait, longest = BACKOFF_SECONDS
        while True:
            assert self._process is not None  # noqa: S101 - started before it is watched
            code = await self._process.wait()
            log.error("the embedded database ended; starting it again", code=code)
            await asyncio.sleep(wait)
            try:
                await self._spawn(program)
                log.info("the embedded database is back", port=self._port)
                wait = BACKOFF_SECONDS[0]
            except (_Locked, StartupError, OSError) as error:
                wait = min(wait * 2, longest)
                log.error("the embedded database did not come back", reason=str(error))

    async def _end_child(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        knocking = asyncio.create_task(self._knock())
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            log.warning("the embedded database did not stop; killing it")
            process.kill()
            await process.wait()
        finally:
            knocking.cancel()

    async def _knock(self) -> None:
        """Connects until nobody answers: the database waits for one more connection before it
        ends, and gives up only after 2 s."""
        with suppress(OSError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.close()
                await asyncio.sleep(POLL_SECONDS)
