"""How a program's input and output pass through the event loop: pipes, and what a terminal
(`server.runner.terminal`) shares with them.

Each descriptor has one owner here, which closes it once. The loop's own transports are not used:
uvloop closes the descriptor of a pipe and then the file object that came with it, which closes the
same number again (seen with 0.23). Whatever got that number in between, such as a file that
another thread has just opened, is closed behind its owner's back; and when that one closes it, so
is what came after it: a connection, or the pipe of another program.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from server.runner.base import Stream

READ_BYTES: Final = 65_536

ReadHandler = Callable[[Stream, bytes], None]


class Ends(Protocol):
    """What a program is connected by: its ends and ours."""

    theirs: tuple[int, int, int]
    """The program's stdin, stdout and stderr."""

    def spawned(self) -> None:
        """The program has its ends now, and must be alone with them."""

    def discard(self) -> None:
        """All ends, when there will be no program."""

    def connect(self, on_output: ReadHandler) -> None:
        """Begins to read; before it nothing of the output is lost."""

    def write(self, data: bytes) -> None:
        """To the program's input; nothing happens when that has ended."""

    def write_eof(self) -> None:
        """The input ends after all that was written."""

    def exited(self) -> None:
        """The program is gone: nobody reads its input any more."""

    async def drain(self) -> None:
        """Returns when nobody has the program's ends any more and all it printed was read."""


class Incoming:
    """A descriptor that is read until its end, and then closed."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connect(self, on_data: Callable[[bytes], None]) -> None:
        self._loop.add_reader(self._descriptor, self._read, on_data)

    def close(self) -> None:
        """Reads no further. Doing it twice changes nothing."""
        if not self.ended.done():
            self.ended.set_result(None)
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _read(self, on_data: Callable[[bytes], None]) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the terminal any more
            data = b""
        if data:
            on_data(data)
        else:
            self.close()


class Outgoing:
    """A descriptor that is written to, until it is closed or nobody reads any more."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._ending = False
        self._open = True

    def write(self, data: bytes) -> None:
        if self._open and not self._ending:
            self._unsent += data
            self._send()

    def end(self) -> None:
        """Closes it as soon as all is written."""
        self._ending = True
        self._send()

    def close(self) -> None:
        """Writes no further. Doing it twice changes nothing."""
        if self._open:
            self._open = False
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)

    def _send(self) -> None:
        if not self._open:
            return
        try:
            if self._unsent:
                del self._unsent[: os.write(self._descriptor, self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # nobody reads any more
            self.close()
            return
        if self._unsent:
            self._loop.add_writer(self._descriptor, self._send)
        elif self._ending:
            self.close()
        else:
            self._loop.remove_writer(self._descriptor)


class Pipes:
    """One for each of a program's streams."""

    def __init__(self) -> None:
        """Raises OSError when there are none to be had."""
        opened: list[int] = []
        try:
            for _ in range(3):
                opened += os.pipe2(os.O_CLOEXEC)
        except OSError:
            _close(opened)
            raise
        stdin, to_stdin, from_stdout, stdout, from_stderr, stderr = opened
        self.theirs = (stdin, stdout, stderr)
        self._stdin = Outgoing(to_stdin)
        self._stdout, self._stderr = Incoming(from_stdout), Incoming(from_stderr)

    def spawned(self) -> None:
        _close(self.theirs)

    def discard(self) -> None:
        _close(self.theirs)
        self._stdin.close()
        self._stdout.close()
        self._stderr.close()

    def connect(self, on_output: ReadHandler) -> None:
        self._stdout.connect(partial(on_output, "stdout"))
        self._stderr.connect(partial(on_output, "stderr"))

    def write(self, data: bytes) -> None:
        self._stdin.write(data)

    def write_eof(self) -> None:
        self._stdin.end()

    def exited(self) -> None:
        self._stdin.close()

    async def drain(self) -> None:
        await self._stdout.ended
        await self._stderr.ended


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
