"""bubblewrap as a child process on the event loop: pipes, its end, and how to kill it whole."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from server.runner.base import Stream
from server.runner.terminal import Terminal

NICE: Final = 5
"""Programs yield to the rooms that this server carries."""

_FIRST_PID: Final = re.compile(rb'"child-pid": (\d+)')

ReadHandler = Callable[[Stream, bytes], None]


@contextmanager
def memory_files(texts: Mapping[str, bytes]) -> Iterator[dict[str, int]]:
    """Descriptors of files in memory, at their beginning; closed in the end."""
    opened: dict[str, int] = {}
    try:
        for name, text in texts.items():
            opened[name] = os.memfd_create("run", os.MFD_CLOEXEC)
            with open(opened[name], "wb", closefd=False) as file:
                file.write(text)
            os.lseek(opened[name], 0, os.SEEK_SET)
        yield opened
    finally:
        for descriptor in opened.values():
            os.close(descriptor)


class _Reader(asyncio.Protocol):
    def __init__(self, stream: Stream, handle: ReadHandler) -> None:
        self._stream = stream
        self._handle = handle
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._handle(self._stream, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Process:
    """A started bubblewrap. `on_output` gets (stream, bytes) as they come.

    Spawned from the loop's own thread, for the kernel ends it with the thread that spawned it.
    The environment it gets is empty: a program can read that of its namespace's first process.
    """

    def __init__(
        self, argv: Sequence[str], inherited: Sequence[int], terminal: Terminal | None = None
    ) -> None:
        """`inherited`: descriptors named in `argv`. With a `terminal`, which is then ours, there
        are no pipes. Raises OSError when it cannot be spawned."""
        self._terminal = terminal
        piped = subprocess.PIPE
        theirs = (piped, piped, piped) if terminal is None else (terminal.slave,) * 3
        self._info, info_end = os.pipe2(os.O_CLOEXEC)
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - no shell, and the jail's own arguments
                [argv[0], "--info-fd", str(info_end), *argv[1:]],
                stdin=theirs[0],
                stdout=theirs[1],
                stderr=theirs[2],
                env={},
                pass_fds=(*inherited, info_end),
            )
        except BaseException:
            os.close(self._info)
            if terminal is not None:
                terminal.discard()
            raise
        finally:
            os.close(info_end)
        try:
            self._pidfd = os.pidfd_open(self._popen.pid)
            os.setpriority(os.PRIO_PROCESS, self._popen.pid, NICE)
        except OSError:  # such as too many open files
            self._popen.kill()
            self._popen.wait()
            os.close(self._info)
            if terminal is not None:
                terminal.discard()
            raise
        if terminal is not None:
            terminal.spawned()
        self._first: int | None = None
        self._told = b""
        self._killed = False
        self._stdin: asyncio.WriteTransport | None = None
        self._readers: list[_Reader] = []
        loop = asyncio.get_running_loop()
        self.first_pid: asyncio.Future[int] = loop.create_future()
        """The sandbox's first process as seen from here; cancelled if there never was one."""
        self._exited: asyncio.Future[tuple[int, resource.struct_rusage]] = loop.create_future()
        loop.add_reader(self._info, self._read_info)
        loop.add_reader(self._pidfd, self._reap)

    async def connect(self, on_output: ReadHandler) -> None:
        """Begins to read; before it nothing of the output is lost."""
        if self._terminal is not None:
            self._terminal.connect(lambda data: on_output("stdout", data))
            return
        loop = asyncio.get_running_loop()
        out, err, stdin = self._popen.stdout, self._popen.stderr, self._popen.stdin
        for stream, pipe in (("stdout", out), ("stderr", err)):
            reader = _Reader("stdout" if stream == "stdout" else "stderr", on_output)
            self._readers.append(reader)
            await loop.connect_read_pipe(lambda each=reader: each, pipe)  # type: ignore[misc]
        self._stdin, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, stdin)

    def write(self, data: bytes) -> None:
        if self._terminal is not None:
            self._terminal.write(data)
        elif self._stdin is not None and not self._stdin.is_closing():
            self._stdin.write(data)

    def write_eof(self) -> None:
        if self._terminal is not None:
            self._terminal.write_eof()
        elif self._stdin is not None and not self._stdin.is_closing():
            self._stdin.write_eof()

    def kill(self) -> None:
        """Ends every process of the sandbox, now or as soon as its first one is known: killing
        that one is what makes the kernel end all others of its namespace."""
        self._killed = True
        target = self._pidfd if self.first_pid.cancelled() else self._first
        if target is not None and not self._exited.done():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(target, signal.SIGKILL)

    async def wait(self) -> tuple[int, resource.struct_rusage]:
        """The exit code (128 and up: a signal) and what all its processes used, once nothing is
        left of them and their output has been read."""
        code, usage = await self._exited
        for reader in (*self._readers, *((self._terminal,) if self._terminal else ())):
            await reader.ended
        if self._stdin is not None and not self._stdin.is_closing():
            self._stdin.abort()
        return code, usage

    def _read_info(self) -> None:
        """bubblewrap writes one JSON object, in several pieces."""
        piece = os.read(self._info, 4096)
        self._told += piece
        if piece and not self._told.rstrip().endswith(b"}"):
            return
        asyncio.get_running_loop().remove_reader(self._info)
        os.close(self._info)
        told = _FIRST_PID.search(self._told)
        try:
            if told is None:  # it died before there was a sandbox
                raise ProcessLookupError
            self._first = os.pidfd_open(int(told[1]))
        except OSError:
            self.first_pid.cancel()
        else:
            self.first_pid.set_result(int(told[1]))
        if self._killed:
            self.kill()

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        _, status, usage = os.wait4(self._popen.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code  # so that Popen does not wait for it as well
        if self._first is not None:
            os.close(self._first)
            self._first = None
        self._exited.set_result((128 - code if code < 0 else code, usage))
