"""What the processes of one sandbox use, read from the outside."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """All processes together; memory in bytes, CPU time in seconds, those that ended included."""

    memory_bytes: int
    cpu_seconds: float


class Meter:
    """Reads the /proc that was mounted inside the sandbox: it lists its processes, all of them
    and nothing else, whatever they forked or left behind.

    `pid` is the sandbox's first process as this process sees it. Blocking, so not for the event
    loop; each call takes some ten microseconds for every process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._proc: int | None = None

    def read(self, limit_bytes: int) -> Usage | None:
        """None before the sandbox is set up and after it has ended.

        Memory that processes share is only told apart where the plain sum passes `limit_bytes`,
        as that takes long. Raises PermissionError when this machine forbids looking.
        """
        try:
            if self._proc is None and not self._open():
                return None
            return self._sum(limit_bytes)
        except (FileNotFoundError, ProcessLookupError):
            return None

    def close(self) -> None:
        if self._proc is not None:
            os.close(self._proc)
            self._proc = None

    def _open(self) -> bool:
        folder = os.open(f"/proc/{self._pid}/root/proc", os.O_RDONLY | os.O_DIRECTORY)
        with ExitStack() as unless_ready:
            unless_ready.callback(os.close, folder)
            if _knows_us(folder) or "1" not in os.listdir(folder):
                return False
            unless_ready.pop_all()
        self._proc = folder
        return True

    def _sum(self, limit_bytes: int) -> Usage | None:
        pages = ticks = 0
        pids = [name for name in os.listdir(self._proc) if name.isdecimal()]
        for pid in pids:
            # the name, in parentheses, may hold anything
            fields = self._text(f"{pid}/stat").rpartition(")")[2].split()
            if fields:
                ticks += sum(map(int, fields[11:15]))  # own and of children that ended
                pages += int(fields[21])
        if not ticks and not pages:
            return None
        memory = pages * _PAGE
        if memory > limit_bytes:
            memory = sum(map(self._fair_share, pids))
        return Usage(memory, ticks / _TICKS)

    def _fair_share(self, pid: str) -> int:
        """A process's memory, pages shared with others divided among them."""
        for line in self._text(f"{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0

    def _text(self, path: str) -> str:
        """Empty for a process that has just ended."""
        try:
            with open(os.open(path, os.O_RDONLY, dir_fd=self._proc), encoding="latin-1") as file:
                return file.read()
        except (FileNotFoundError, ProcessLookupError):
            return ""


def _knows_us(folder: int) -> bool:
    """`self` leads somewhere only in a /proc that knows this process: not yet the sandbox's."""
    try:
        os.readlink("self", dir_fd=folder)
    except FileNotFoundError:
        return False
    return True
