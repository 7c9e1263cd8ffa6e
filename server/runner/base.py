"""What runs a program: a job in, a stream of events out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Verdict = Literal["ok", "error", "timeout", "memory", "output", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to run: ``files`` (path -> text), starting at ``main``, fed ``stdin``."""

    language: str
    files: Mapping[str, str]
    main: str
    stdin: str = ""


class Started(NamedTuple):
    """The program has left the queue."""


class Output(NamedTuple):
    """Text that the program wrote, as it came."""

    stream: Literal["stdout", "stderr"]
    text: str


class Finished(NamedTuple):
    """The last event. Times in milliseconds, memory in bytes; None: not known."""

    verdict: Verdict
    exit_code: int | None
    signal: str | None
    wall_ms: int | None
    cpu_ms: int | None
    memory_bytes: int | None
    truncated: bool


Event = Started | Output | Finished


class LanguageInfo(Protocol):
    """A language that can be run here: ``path`` is its usual main file."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def label(self) -> str: ...


class Execution(Protocol):
    """One run. Neither ``write_stdin`` nor ``stop`` waits; both may come at any time."""

    def events(self) -> AsyncIterator[Event]: ...
    def write_stdin(self, text: str) -> None: ...
    def stop(self) -> None: ...


class Runner(Protocol):
    """``reason``: why nothing can be run here, or None."""

    @property
    def reason(self) -> str | None: ...
    def languages(self) -> Sequence[LanguageInfo]: ...
    def start(self, job: Job) -> Execution: ...
