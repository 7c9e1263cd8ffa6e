"""Looking at processes, through /proc."""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def database_of(server_pid: int) -> int | None:
    """The process of a server's embedded database, if it runs."""
    for child in children_of(server_pid):
        if "secantusd-py" in _command(child):
            return child
    return None


def alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def workers_of(supervisor_pid: int) -> dict[int, int]:
    """The workers of a server with several, by their numbers; while one is replaced, the newest."""
    found = {}
    for child in sorted(children_of(supervisor_pid)):
        words = _command(child).split("interview-worker ")
        if len(words) == 2 and alive(child):
            found[int(words[1].split()[0])] = child
    return found
