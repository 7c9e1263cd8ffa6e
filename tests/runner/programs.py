"""Running small programs and reading what came of them."""

from __future__ import annotations

import os
import secrets
import select
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from server.runner.base import Event, Finished, Job, Limits, Output, Run, Runner, Verdict
from tests.helpers.server import wait_until

MAIN = {"python": "main.py", "javascript": "main.js", "java": "Main.java"}


@dataclass(slots=True)
class Result:
    finished: Finished
    stdout: str
    stderr: str
    events: list[Event] = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        return self.finished.verdict


def job(
    text: str,
    language: str = "python",
    *,
    stdin: str = "",
    live: bool = False,
    limits: Limits | None = None,
    main: str | None = None,
) -> Job:
    path = main or MAIN[language]
    return Job(language, {path: text}, path, stdin, live, limits=limits)


async def result(run: Run) -> Result:
    return gather([event async for event in run.events()])


def gather(events: list[Event]) -> Result:
    def text(stream: str) -> str:
        return "".join(e.text for e in events if isinstance(e, Output) and e.stream == stream)

    finished = events[-1]
    assert isinstance(finished, Finished)
    return Result(finished, text("stdout"), text("stderr"), events)


async def execute(
    runner: Runner,
    text: str,
    language: str = "python",
    *,
    stdin: str = "",
    limits: Limits | None = None,
) -> Result:
    return await result(runner.start(job(text, language, stdin=stdin, limits=limits)))


async def until_printed(events: AsyncIterator[Event], text: str) -> list[Event]:
    """Events up to the one with which stdout holds `text`."""
    seen: list[Event] = []
    async for event in events:
        seen.append(event)
        printed = "".join(e.text for e in seen if isinstance(e, Output) and e.stream == "stdout")
        if text in printed:
            return seen
    raise AssertionError(f"{text!r} was never printed: {seen}")


def marked() -> str:
    """A file name that tells one program's processes from all others on the machine."""
    return f"marked_{secrets.token_hex(8)}.py"


def processes_of(mark: str) -> list[int]:
    """Processes on this machine, inside a sandbox or not, with `mark` on their command line."""
    return [pid for pid, command in _commands() if mark.encode() in command]


def wait_until_there(mark: str) -> None:
    """Returns when a process has `mark`: one that was just started gets its command line a moment
    after its parent goes on."""
    wait_until(lambda: processes_of(mark), f"a process with {mark} on its command line")


def _commands() -> list[tuple[int, bytes]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(folder.name), (folder / "cmdline").read_bytes()))
        except OSError:
            continue
    return found


def wait_until_gone(mark: str) -> None:
    """Returns when no process has `mark` any more; the test's own limit of time ends it else."""
    for pid in processes_of(mark):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        select.select([descriptor], [], [])
        os.close(descriptor)
    assert not processes_of(mark)
