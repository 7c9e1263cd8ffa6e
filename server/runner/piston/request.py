"""A job -> what Piston is asked, within the limits it is known to have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from server.runner.base import Job, Limits
from server.runner.piston.runtimes import KNOWN, Runtime

PIPE_BYTES: Final = 65_536
"""Input that is still unread when a program ends must fit into the pipe's buffer: with more,
Piston itself ends."""

_START: Final = "start_program_.py"
_INPUT: Final = "input_of_program_"
_LAUNCHER: Final = """\
import os, sys
if sys.argv[1:]:
    os.dup2(os.open(sys.argv[1], os.O_RDONLY), 0)
for name in [{start!r}, *sys.argv[1:]]:
    try:
        os.unlink(name)
    except OSError:
        pass
os.execv(sys.executable, [sys.executable, "-u", "-B", {main!r}])
"""
_LIMIT: Final = re.compile(r"\A(\w+) cannot exceed the configured limit of (\d+)\Z")
_INTERPRETED: Final = "python"


@dataclass(slots=True)
class Caps:
    """The limits in force at Piston, which it tells only by refusing more, a language and a name
    (such as `run_timeout`) each; and whether it is one that counts memory by control groups."""

    most: dict[tuple[str, str], int] = field(default_factory=dict)
    modern: bool | None = None

    def learn(self, language: str, message: str) -> bool:
        """Whether `message` was about a limit that was not known so."""
        told = _LIMIT.match(message)
        if told is None:
            return False
        key, most = (language, told[1]), int(told[2])
        if self.most.get(key) == most:
            return False
        self.most[key] = most
        return True

    def limits(self, language: str, limits: Limits) -> dict[str, int]:
        """What to send; never 0, which lifts a limit."""
        wanted = {
            "run_timeout": max(round(limits.wall_seconds * 1000), 1),
            "run_cpu_time": max(round(limits.cpu_seconds * 1000), 1),
        }
        if self.modern or language == _INTERPRETED:
            # an old Piston limits addresses instead: a JVM or Node may not even start then
            wanted["run_memory_limit"] = limits.memory_bytes + KNOWN[language].extra_memory
        return {
            name: min(value, self.most.get((language, name), value))
            for name, value in wanted.items()
        }


def request(job: Job, runtime: Runtime, limits: dict[str, int], *, live: bool) -> dict[str, Any]:
    """The body of `/execute`; for the WebSocket (`live`) without the input, which it ignores."""
    files = {job.main: job.files[job.main], **job.files}  # Piston starts the first
    body: dict[str, Any] = {"language": runtime.language, "version": runtime.version, **limits}
    if launched(job):
        # Python keeps what it prints until the end otherwise, also a question it asks; and
        # from a file its input is what was given, not with a newline more
        start = _LAUNCHER.format(start=_START, main=job.main)
        files = {_START: start, **files}
        if not live:
            files[_INPUT] = job.stdin
            body["args"] = [_INPUT]
    elif not live:
        body["stdin"] = job.stdin
    body["files"] = [{"name": name, "content": text} for name, text in files.items()]
    return body


def launched(job: Job) -> bool:
    """Whether the program is started by one of ours."""
    return job.language == _INTERPRETED and job.files.keys().isdisjoint({_START, _INPUT})


def input_fits(job: Job) -> bool:
    """Whether given input cannot make Piston fall over."""
    return launched(job) or len(job.stdin.encode(errors="replace")) < PIPE_BYTES
