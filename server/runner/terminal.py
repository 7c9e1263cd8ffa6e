"""The terminal that a program has which somebody types to: a pseudo-terminal of its own."""

from __future__ import annotations

import os
import termios
from contextlib import ExitStack
from functools import partial
from typing import Final

from server.runner.base import Size
from server.runner.pipes import Incoming, Outgoing, ReadHandler

END_OF_INPUT: Final = b"\x04"
"""Ctrl-D."""

_IUTF8: Final = 0o40000
"""Rubbing out takes a character away, not one of its bytes. Python has no name for it."""


class Terminal:
    """One end is for the program; what is typed and printed passes through the other.

    Lines end with a line feed alone, what is typed is echoed, and Ctrl-C, Ctrl-D, Ctrl-Z and
    Ctrl-\\ do what they do in any terminal. Ctrl-S does not: it would stop the output of all
    who watch. A program can push characters into its own terminal's input (TIOCSTI); nobody
    else reads them.
    """

    def __init__(self, size: Size, owner: int | None = None) -> None:
        """`owner`: the user id that may open it anew, such as by /dev/stdin; None: our own.
        Raises OSError when there is none to be had."""
        master, self._slave = os.openpty()
        self.theirs = (self._slave,) * 3
        self._at_line_start = True
        with ExitStack() as otherwise:
            otherwise.callback(os.close, self._slave)
            self._incoming = Incoming(master)
            otherwise.callback(self._incoming.close)
            self._outgoing = Outgoing(os.dup(master))
            otherwise.callback(self._outgoing.close)
            _set_up(self._slave, size)
            if owner is not None:
                os.fchown(self._slave, owner, owner)
            otherwise.pop_all()

    def spawned(self) -> None:
        os.close(self._slave)

    def discard(self) -> None:
        os.close(self._slave)
        self._incoming.close()
        self._outgoing.close()

    def connect(self, on_output: ReadHandler) -> None:
        self._incoming.connect(partial(on_output, "stdout"))

    def write(self, data: bytes) -> None:
        if data:
            self._at_line_start = data[-1:] in (b"\n", b"\r")
            self._outgoing.write(data)

    def write_eof(self) -> None:
        """As somebody types it: in the midst of a line the first only hands over the line."""
        self.write(END_OF_INPUT if self._at_line_start else END_OF_INPUT * 2)

    def exited(self) -> None:
        self._outgoing.close()

    async def drain(self) -> None:
        await self._incoming.ended


def _set_up(descriptor: int, size: Size) -> None:
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = termios.tcgetattr(descriptor)
    iflag = (iflag | termios.ICRNL | _IUTF8) & ~(termios.IXON | termios.IXOFF)
    oflag &= ~termios.OPOST
    lflag |= termios.ECHO | termios.ECHOE | termios.ICANON | termios.ISIG
    attributes = [iflag, oflag, cflag, lflag, ispeed, ospeed, characters]
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
    termios.tcsetwinsize(descriptor, (size.rows, size.columns))
