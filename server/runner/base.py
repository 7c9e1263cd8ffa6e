"""What a run is, whoever carries it out: a job in, a stream of events out.

Contract of every `Runner`:

- `start` returns at once; the run waits for a free slot, first come first served. While it
  waits it may say `Waiting`, each time its place has changed. A run stopped then never starts.
- `events()` then yields at most one `Started`, then `Output` in the order of arrival, then
  exactly one `Finished`, which is the last. Only a run that never started may finish without
  `Started`. Where a language is compiled first, a `Stage` says when each of the two begins.
- Texts are whole characters: a character cut by a chunk's end comes whole in a later event.
- At most `Limits.output_bytes` of output are handed out (counted as UTF-8 received); more ends
  the run with verdict `output`.
- After `Finished` nothing of the program is left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Literal, Protocol, TypeAlias

from server.errors import ApiError

MIB: Final = 2**20

WALL_SECONDS: Final = 10.0
"""Long enough to type a line of input, short enough not to leave a hung run on the screen."""

CPU_SECONDS: Final = 5.0
"""All processes of a run together; ten times what a good interview solution takes."""

MEMORY_BYTES: Final = 256 * MIB
"""What the program itself may use; a language's own runtime gets its part on top."""

PROCESSES: Final = 64
"""Processes and threads together; a fork bomb ends here."""

OUTPUT_BYTES: Final = 256 * 1024
"""stdout and stderr together: more than anybody reads, little enough to store with the run."""

FILE_BYTES: Final = 16 * MIB
"""The largest single file a program may write."""

STDIN_BYTES: Final = 1 * MIB
"""All input of one run; unread input is kept in the server's memory."""

FILES: Final = 64
"""Files of one job; a room has a handful."""


REPL_WALL_SECONDS: Final = 30 * 60.0
"""As long as anybody tries things out; it bounds how many pieces of output there can be."""

REPL_IDLE_SECONDS: Final = 5 * 60.0
"""Without input: a forgotten one does not keep a place from those that wait."""

REPL_CPU_SECONDS: Final = 60.0
"""Over all that time; each key costs the interpreter a little."""


class Verdict(StrEnum):
    """How a run ended."""

    OK = "ok"  # exit code 0
    ERROR = "error"  # another exit code, or a signal of its own making
    TIMEOUT = "timeout"  # wall or CPU time used up
    MEMORY = "memory"
    OUTPUT = "output"  # wrote more than allowed; what came before is kept
    STOPPED = "stopped"
    FAILED = "failed"  # could not be started, or could not be supervised


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Times in seconds, sizes in bytes. `idle_seconds`: between two inputs
    of a live run, where the runner can tell; None: as long as it lasts."""

    wall_seconds: float = WALL_SECONDS
    cpu_seconds: float = CPU_SECONDS
    memory_bytes: int = MEMORY_BYTES
    processes: int = PROCESSES
    output_bytes: int = OUTPUT_BYTES
    file_bytes: int = FILE_BYTES
    idle_seconds: float | None = None

    def of_repl(self) -> Limits:
        """The same for an interpreter that is typed to: most of its time it waits."""
        return replace(
            self,
            wall_seconds=max(self.wall_seconds, REPL_WALL_SECONDS),
            cpu_seconds=max(self.cpu_seconds, REPL_CPU_SECONDS),
            idle_seconds=REPL_IDLE_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in characters; the defaults are what everything is made for."""

    columns: int = 80
    rows: int = 24


@dataclass(frozen=True, slots=True)
class Job:
    """What to run: `main` is a path of `files` (path -> text, below the working directory).

    `stdin` is what the program reads first. With `live` its input then stays open for
    `Run.write_stdin`, else it ends there. A live one that is given no `stdin` may get a terminal
    of that `size`, and then says so in `Started`. `limits` None: the runner's own. With `repl` the
    language's interpreter is typed to, beside the files; `main` is then empty and `live` a must.

    Raises ValueError when `main` is not among the files, a path leaves the working directory or
    lies below another file's, there are more than `FILES` files, or `stdin` is longer than
    `STDIN_BYTES`.
    """

    language: str
    files: Mapping[str, str]
    main: str
    stdin: str = ""
    live: bool = False
    limits: Limits | None = field(default=None, kw_only=True)
    size: Size = field(default=Size(), kw_only=True)
    repl: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.repl and (self.main or self.stdin or not self.live):
            raise ValueError("A REPL has no main file and no given input, and is live.")
        if not self.repl and self.main not in self.files:
            raise ValueError(f"{self.main!r} is not among the files.")
        if len(self.files) > FILES:
            raise ValueError(f"A job has at most {FILES} files.")
        if len(self.stdin.encode(errors="replace")) > STDIN_BYTES:
            raise ValueError(f"Input is at most {STDIN_BYTES} bytes.")
        for path in self.files:
            parts = PurePosixPath(path).parts
            if not parts or parts[0] in ("/", "//") or ".." in parts or not path.isprintable():
                raise ValueError(f"{path!r} is not a path below the working directory.")
            if above := self.files.keys() & {str(each) for each in PurePosixPath(path).parents}:
                raise ValueError(f"{above.pop()} is a file, so {path} cannot be in it.")


@dataclass(frozen=True, slots=True)
class Language:
    """A language as people choose it; `path` is the file its starter code is in. `repl`: its
    interpreter can be typed to, without a program."""

    id: str
    label: str
    path: str
    repl: bool = False


Stream: TypeAlias = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """No slot is free; `place` 1 is the next to start."""

    place: int


@dataclass(frozen=True, slots=True)
class Started:
    """A slot was free and the program is being started. With `terminal` what is typed is echoed,
    control characters do what they do in one, and all output is "stdout"."""

    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows is of the compiler, or of the program."""

    name: Literal["compile", "run"]


@dataclass(frozen=True, slots=True)
class Output:
    stream: Stream
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. Times in milliseconds, None where they are not known.

    Either `exit_code` or `signal` (such as "SIGSEGV") is set, or neither when the run was ended
    from outside. `memory_bytes` is the most that was seen in use. `truncated`: output was cut.
    `message` says in words what a verdict does not: why a run failed.
    """

    verdict: Verdict
    exit_code: int | None = None
    signal: str | None = None
    wall_ms: int | None = None
    cpu_ms: int | None = None
    memory_bytes: int | None = None
    truncated: bool = False
    message: str = ""


Event: TypeAlias = Waiting | Started | Stage | Output | Finished


async def until_finished(events: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    """What a run put into a queue, up to its end."""
    while True:
        event = await events.get()
        yield event
        if isinstance(event, Finished):
            return


class UnknownLanguage(ApiError):
    status = 400
    code = "unknown_language"
    default = "This server cannot run that language."


class Run(Protocol):
    """One run. Its methods may be called at any time, also after its end."""

    def events(self) -> AsyncIterator[Event]:
        """Everything from the beginning; for one reader."""
        ...

    def write_stdin(self, text: str) -> bool:
        """Hands text to the program; newlines are the caller's. False when it was not taken:
        the run is over, its input ended, or `STDIN_BYTES` are used up."""
        ...

    def close_stdin(self) -> None:
        """Ends the input, where the runner can."""
        ...

    def stop(self) -> None:
        """Ends the run with verdict `stopped`, unless it is over; returns at once."""
        ...


class Runner(Protocol):
    @property
    def reason(self) -> str | None:
        """None when code can be run; else why not and what to do about it, in one sentence."""
        ...

    def languages(self) -> Sequence[Language]:
        """What was found to work here; empty when the runner is off."""
        ...

    async def settle(self) -> None:
        """Returns when everything has been tried that may work here: `languages()` is whole."""
        ...

    def start(self, job: Job) -> Run:
        """Begins or queues a run. Raises RunnerOff or UnknownLanguage."""
        ...

    async def close(self) -> None:
        """Stops every run and returns when nothing is left of them."""
        ...
