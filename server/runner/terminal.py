"""The terminal that a program has which somebody types to: a pseudo-terminal of its own."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from server.runner.base import Size

READ_BYTES: Final = 65_536

END_OF_INPUT: Final = b"\x04"
"""Ctrl-D."""

_IUTF8: Final = 0o40000
"""Rubbing out takes a character away, not one of its bytes. Python has no name for it."""


class Terminal:
    """`slave` is for the program; what is typed and printed passes through the other end.

    Lines end with a line feed alone, what is typed is echoed, and Ctrl-C, Ctrl-D, Ctrl-Z and
    Ctrl-\\ do what they do in any terminal. Ctrl-S does not: it would stop the output of all
    who watch. A program can push characters into its own terminal's input (TIOCSTI); nobody
    else reads them.
    """

    def __init__(self, size: Size, owner: int | None = None) -> None:
        """`owner`: the user id that may open it anew, such as by /dev/stdin; None: our own.
        Raises OSError when there is none to be had."""
        self._master, self.slave = os.openpty()
        try:
            _set_up(self.slave, size)
            if owner is not None:
                os.fchown(self.slave, owner, owner)
            os.set_blocking(self._master, False)
        except BaseException:
            self.discard()
            raise
        self._on_output: Callable[[bytes], None] | None = None
        self._unsent = bytearray()
        self._at_line_start = True
        self._open = True
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Nobody has the program's end any more, and all that it printed has been read."""

    def spawned(self) -> None:
        """The program has its end now, and must be alone with it."""
        os.close(self.slave)

    def discard(self) -> None:
        """Both ends, when there will be no program."""
        os.close(self.slave)
        os.close(self._master)

    def connect(self, on_output: Callable[[bytes], None]) -> None:
        """Begins to read; before it nothing of the output is lost."""
        self._on_output = on_output
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def write(self, data: bytes) -> None:
        if self._open and data:
            self._unsent += data
            self._at_line_start = data[-1:] in (b"\n", b"\r")
            self._send()

    def write_eof(self) -> None:
        """As somebody types it: in the midst of a line the first only hands over the line."""
        self.write(END_OF_INPUT if self._at_line_start else END_OF_INPUT * 2)

    def _read(self) -> None:
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the other end any more
            data = b""
        if data and self._on_output is not None:
            self._on_output(data)
        elif not data:
            self._close()

    def _send(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):  # nothing fits now, or it is over, which reading will tell
            del self._unsent[: os.write(self._master, self._unsent)]
        if self._unsent:
            loop.add_writer(self._master, self._send)
        else:
            loop.remove_writer(self._master)

    def _close(self) -> None:
        loop = asyncio.get_running_loop()
        self._open = False
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        os.close(self._master)
        if not self.ended.done():
            self.ended.set_result(None)


def _set_up(descriptor: int, size: Size) -> None:
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = termios.tcgetattr(descriptor)
    iflag = (iflag | termios.ICRNL | _IUTF8) & ~(termios.IXON | termios.IXOFF)
    oflag &= ~termios.OPOST
    lflag |= termios.ECHO | termios.ECHOE | termios.ICANON | termios.ISIG
    attributes = [iflag, oflag, cflag, lflag, ispeed, ospeed, characters]
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
    termios.tcsetwinsize(descriptor, (size.rows, size.columns))
