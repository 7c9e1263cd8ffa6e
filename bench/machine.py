"""Which core runs what, and what the operating system says of a process."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, GENERATOR_CORE = CORES[0], CORES[-1]
"""A target has one core, with every process and thread of it; the load generator another."""

_CPUCLOCK_SCHED = 2


PRIORITY = -15
"""Niceness of everything that is measured or measures, where that is allowed: other work on the
machine would make a server fall behind, and one that is behind does more at a time, cheaper."""


def prefer(pid: int) -> None:
    """Put a process, what it starts, and its session's group of processes before others."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, PRIORITY)
        Path(f"/proc/{pid}/autogroup").write_text(str(PRIORITY))


@contextmanager
def preferred() -> Iterator[None]:
    """`prefer` this process while it measures."""
    prefer(os.getpid())
    try:
        yield
    finally:
        with suppress(OSError):  # the terminal's session lives on
            Path("/proc/self/autogroup").write_text("0")


def pin_generator() -> None:
    """Keep this process on its core."""
    os.sched_setaffinity(0, {GENERATOR_CORE})


@contextmanager
def on_server_core() -> Iterator[None]:
    """What is started inside runs on the target's core, and so does what that starts."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        pin_generator()


def move(pid: int, core: int | None) -> None:
    """Put a process that runs already, with all its threads, on another core; None: on any."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), CORES if core is None else {core})


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, to the nanosecond.

    The clock that clock_getcpuclockid(3) names; /proc/PID/stat has the same in steps of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def waited_seconds(pid: int) -> float:
    """How long a process's threads were ready to run while their core did something else: what
    tells a quiet machine from a busy one."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[1]) for task in tasks) / 1e9


def memory_bytes(pid: int) -> int:
    """Memory of a process that is in RAM, what it shares divided among the sharers (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def settle(pids: list[int], poll: Callable[[float], object], seconds: float = 15.0) -> None:
    """Wait until processes have used less than 5 % of a core for half a second, and no longer
    than ``seconds``. ``poll(seconds)`` keeps the connections served meanwhile."""
    give_up = time.perf_counter() + seconds
    while time.perf_counter() < give_up:
        before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
        while time.perf_counter() < began + 0.5:
            poll(0.05)
        if sum(map(cpu_seconds, pids)) - before < 0.025:
            return


def description() -> dict[str, Any]:
    """The machine and what the targets are made of."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load before": round(os.getloadavg()[0], 2),
        **{name: version(name) for name in ("pycrdt", "uvicorn", "websockets", "uvloop")},
    }


def commit(root: Path) -> str:
    """The commit that is checked out, with a + when files were changed since."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True).stdout.strip()


def _cpu_name() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.processor()
