"""bubblewrap as a child process on the event loop: its end, and how to kill it whole."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from server.runner.pipes import Ends

NICE: Final = 5
"""Programs yield to the rooms that this server carries."""

_FIRST_PID: Final = re.compile(rb'"child-pid": (\d+)')


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


class Process:
    """A started bubblewrap.

    Spawned from the loop's own thread, for the kernel ends it with the thread that spawned it.
    The environment it gets is empty: a program can read that of its namespace's first process.
    """

    def __init__(self, argv: Sequence[str], inherited: Sequence[int], ends: Ends) -> None:
        """`inherited`: descriptors named in `argv`. `ends` are ours from now on. Raises OSError
        when it cannot be spawned."""
        self.ends = ends
        stdin, stdout, stderr = ends.theirs
        with ExitStack() as otherwise:
            otherwise.callback(ends.discard)
            self._info, info_end = os.pipe2(os.O_CLOEXEC)
            otherwise.callback(os.close, self._info)
            try:
                popen = subprocess.Popen(  # noqa: S603 - no shell, and the jail's own arguments
                    [argv[0], "--info-fd", str(info_end), *argv[1:]],
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    env={},
                    pass_fds=(*inherited, info_end),
                )
            finally:
                os.close(info_end)
            otherwise.callback(popen.wait)
            otherwise.callback(popen.kill)
            self._pidfd = os.pidfd_open(popen.pid)  # such as with too many open files
            otherwise.callback(os.close, self._pidfd)
            os.setpriority(os.PRIO_PROCESS, popen.pid, NICE)
            otherwise.pop_all()
        self._popen = popen
        ends.spawned()
        self._first: int | None = None
        self._told = b""
        self._killed = False
        loop = asyncio.get_running_loop()
        self.first_pid: asyncio.Future[int] = loop.create_future()
        """The sandbox's first process as seen from here; cancelled if there never was one."""
        self._exited: asyncio.Future[tuple[int, resource.struct_rusage]] = loop.create_future()
        loop.add_reader(self._info, self._read_info)
        loop.add_reader(self._pidfd, self._reap)

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
        await self.ends.drain()
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
            if told is None or self._exited.done():  # it died, perhaps before there was a sandbox
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
        self.ends.exited()
        self._exited.set_result((128 - code if code < 0 else code, usage))
