"""What Piston says of a stage -> how the run ended; for old Pistons and new ones.

A new one tells by `status`; an old one has only a code and a signal, and kills alike for time and
for output. `bash` starts every program there, so a deadly signal comes as 128 + its number.
"""

from __future__ import annotations

import re
import signal
from typing import Final

import msgspec

from server.runner.base import Finished, Verdict


class Stage(msgspec.Struct, frozen=True):
    """Compiler or program. Times in ms, memory in bytes."""

    stdout: str = ""
    stderr: str = ""
    code: int | None = None
    signal: str | None = None
    status: str | msgspec.UnsetType | None = msgspec.UNSET
    message: str | None = None
    memory: float | None = None
    cpu_time: float | None = None
    wall_time: float | None = None

    @property
    def modern(self) -> bool:
        return self.status is not msgspec.UNSET


class Reply(msgspec.Struct, frozen=True):
    """Of `/execute`. Where compiling failed, `run` repeats it."""

    run: Stage
    compile: Stage | None = None

    @property
    def compiled(self) -> bool:
        """False when the program never ran."""
        return self.compile is None or self.compile.code == 0


CUT: Final = (
    "Piston takes only so much output (1,024 bytes a stream unless set otherwise) and cut it: "
    "raise PISTON_OUTPUT_MAX_SIZE there."
)
UNSURE: Final = "Piston ended it: for its time, or for writing too much."
_KEEPER: Final = re.compile(r"Sandbox keeper received fatal signal \d+\n?\Z")
_BASH: Final = re.compile(r"^\S*/?run: line \d+: +\d+ [A-Z][^\n]*\n?\Z", re.MULTILINE)
_NO_MEMORY: Final = re.compile(
    r"^MemoryError|JavaScript heap out of memory|Array buffer allocation failed"
    r"|Reached heap limit|java\.lang\.OutOfMemoryError(?!: unable to create)"
    r"|insufficient memory for the Java Runtime",
    re.MULTILINE,
)
_DEADLY: Final = {
    128 + number: signal.Signals(number).name
    for number in (
        *(signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS),
        *(signal.SIGFPE, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGALRM),
        *(signal.SIGTERM, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSYS),
    )
}
_KILLED: Final = 128 + signal.SIGKILL


def errors_of(stage: Stage) -> str:
    """What the program itself wrote to stderr."""
    text = _KEEPER.sub("", stage.stderr) if stage.status in ("OL", "EL") else stage.stderr
    return _BASH.sub("", text) if stage.code in _DEADLY else text


def finished(
    stage: Stage, *, took_ms: float | None, limits: dict[str, int], socket: bool = False
) -> Finished:
    """`took_ms`: how long it took at most, None where nobody can tell; `limits`: as sent;
    `socket`: over the WebSocket, which cuts no output."""
    verdict, message = _verdict(stage, took_ms, limits, socket=socket)
    outside = verdict not in (Verdict.OK, Verdict.ERROR, Verdict.MEMORY) or stage.code is None
    died_of = None if outside else _DEADLY.get(stage.code or 0)
    own_signal = stage.signal if verdict is Verdict.ERROR else None
    return Finished(
        verdict,
        exit_code=None if outside or died_of else stage.code,
        signal=died_of or own_signal,
        wall_ms=_whole(took_ms if stage.wall_time is None else stage.wall_time),
        cpu_ms=_whole(stage.cpu_time),
        memory_bytes=_whole(stage.memory),
        truncated=verdict is Verdict.OUTPUT,
        message=message,
    )


def _verdict(
    stage: Stage, took_ms: float | None, limits: dict[str, int], *, socket: bool
) -> tuple[Verdict, str]:
    match stage.status:
        case "TO":
            return Verdict.TIMEOUT, ""
        case "OL" | "EL":
            return Verdict.OUTPUT, CUT
        case "XX":
            return Verdict.FAILED, f"Piston's sandbox failed: {stage.message or 'no reason given'}."
    if stage.code == 0:
        return Verdict.OK, ""
    if stage.code == _KILLED or _NO_MEMORY.search(stage.stderr):
        return Verdict.MEMORY, ""
    if stage.code is not None or stage.signal != "SIGKILL":
        return Verdict.ERROR, ""
    if stage.modern:
        return Verdict.MEMORY, ""  # neither for time nor for output
    if socket:
        return Verdict.TIMEOUT, ""
    if took_ms is None:
        return Verdict.TIMEOUT, UNSURE
    if took_ms < min(limits.get("run_timeout", 0), limits.get("run_cpu_time", 0) or 10**9):
        return Verdict.OUTPUT, CUT
    return Verdict.TIMEOUT, ""


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
