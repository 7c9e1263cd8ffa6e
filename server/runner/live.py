"""One run in the sandbox, from the queue to its verdict."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from server.runner import seccomp
from server.runner.base import (
    STDIN_BYTES,
    Event,
    Finished,
    Job,
    Limits,
    Output,
    Stage,
    Started,
    Stream,
    Verdict,
    until_finished,
)
from server.runner.gather import Gatherer
from server.runner.jail import Jail
from server.runner.languages import Interpreter, Recipe
from server.runner.pipes import Ends, Pipes
from server.runner.process import Process, memory_files
from server.runner.terminal import Terminal
from server.runner.usage import Meter, Usage

LONGEST_END: Final = 256
"""Bytes that tell the end of a compiler."""

LOOK_SECONDS: Final = (0.01, 0.05)
"""Between two looks at what a run uses: at first, as most are over soon, and later."""

COMPILE_SECONDS: Final = 30.0
"""Wall time of a compiler: Rust and Go take seconds on a busy machine."""

_OWN_FAILURE: Final = re.compile(r"\A(bwrap|setpriv|prlimit|setsid): ")
_DEADLY: Final = {
    128 + number: signal.Signals(number).name
    for number in (
        *(
            signal.SIGHUP,
            signal.SIGINT,
            signal.SIGQUIT,
            signal.SIGILL,
            signal.SIGTRAP,
            signal.SIGABRT,
            signal.SIGBUS,
        ),
        *(signal.SIGFPE, signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV, signal.SIGUSR2),
        *(signal.SIGPIPE, signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU, signal.SIGXFSZ),
        signal.SIGSYS,
    )
}
"""Exit codes by which bubblewrap tells that the program died of a signal."""


class Slots(Protocol):
    """Who may run at the same time; first come, first served."""

    def get(self) -> Awaitable[int]: ...
    def put_nowait(self, item: int, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What every run of a sandbox shares."""

    jail: Jail
    slots: Slots
    lookers: ThreadPoolExecutor
    """One thread: reading /proc blocks, and a meter is used by one thread at a time."""


class Compiling:
    """Finds the end of a compiler in what is written to stderr: a mark, what the shell's `times`
    writes (user and system time, its own and then its children's), and the mark again."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(16)
        self.cpu_seconds = 0.0
        """What the compiler used; known once it has ended."""
        self._end = re.compile(rb"%b((?:\d+m[\d.]+s\s){4})%b" % ((self.mark.encode(),) * 2))
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """What of it is the compiler's, what the program's, and whether the compiler has ended.
        A piece that may be the beginning of the end is held back until more comes."""
        data = self._held + data
        if found := self._end.search(data):
            times = [each.removesuffix(b"s").split(b"m") for each in found[1].split()]
            used = [60 * int(minutes) + float(seconds) for minutes, seconds in times]
            self.cpu_seconds = used[2] + used[3]
            return data[: found.start()], data[found.end() :], True
        at = self._beginning(data)
        self._held = data[at:]
        return data[:at], b"", False

    def rest(self) -> bytes:
        """What was held back of a compiler that failed."""
        return self._held

    def _beginning(self, data: bytes) -> int:
        mark = self.mark.encode()
        at = data.find(mark, max(0, len(data) - LONGEST_END))
        if at >= 0:
            return at
        held = next(n for n in range(len(mark) - 1, -1, -1) if data.endswith(mark[:n]))
        return len(data) - held


class SandboxRun:
    """See `base.Run`."""

    def __init__(
        self, place: Place, recipe: Recipe, interpreter: Interpreter, job: Job, limits: Limits
    ) -> None:
        self._place = place
        self._recipe = recipe
        self._interpreter = interpreter
        self._job = job
        self._limits = limits
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._process: Process | None = None
        self._takes_input: Ends | None = None
        self._input = [job.stdin.encode(errors="replace")]  # until there is a process to take it
        self._input_left = STDIN_BYTES - len(self._input[0])
        self._input_ended = not job.live
        self._on_terminal = job.live and not job.stdin
        self._ended: Verdict | None = None
        self._message = ""
        self._errors: list[str] = []
        self._peak = 0
        self._waiting = True
        self._gatherer = Gatherer(limits.output_bytes, self._emit, self._end_for_output)
        self._compiling = Compiling() if recipe.compiled else None
        self._clock: asyncio.TimerHandle | None = None
        self._idle_clock: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._cpu_seconds = 0.0
        self._compiler_seconds = 0.0
        self.task = asyncio.create_task(self._live())

    def events(self) -> AsyncIterator[Event]:
        return until_finished(self._events)

    def write_stdin(self, text: str) -> bool:
        data = text.encode(errors="replace")
        if self._input_ended or self.task.done() or len(data) > self._input_left:
            return False
        self._input_left -= len(data)
        if self._idle_clock is not None:
            self._wind_idle_clock()
        if self._takes_input is None:
            self._input.append(data)
        else:
            self._takes_input.write(data)
        return True

    def close_stdin(self) -> None:
        if not self._input_ended:
            self._input_ended = True
            if self._takes_input is not None:
                self._takes_input.write_eof()

    def stop(self) -> None:
        if self._waiting and not self.task.done():
            self._waiting = False
            self._emit(Finished(Verdict.STOPPED))
            self.task.cancel()
        else:
            self._end(Verdict.STOPPED)

    async def _live(self) -> None:
        slot = await self._place.slots.get()
        self._waiting = False
        self._emit(Started(terminal=self._on_terminal))
        if self._compiling:
            self._emit(Stage("compile"))
        finished = Finished(Verdict.FAILED, message="The server could not run the program.")
        try:
            finished = await self._execute(slot)
        except OSError as error:
            finished = Finished(Verdict.FAILED, message=f"The sandbox did not start: {error}.")
        finally:
            self._place.slots.put_nowait(slot)
            self._emit(finished)

    async def _execute(self, slot: int) -> Finished:
        loop = asyncio.get_running_loop()
        process = self._process = self._spawn(slot)
        self._wind_clock()
        self._wind_idle_clock()
        looker = asyncio.create_task(self._look(process))
        looker.add_done_callback(self._looked)
        try:
            process.ends.connect(self._read)
            if not (self._compiling and self._on_terminal):  # an echo would be in its midst
                self._feed(process.ends)
            code, usage = await process.wait()
        finally:
            self._input_ended = True
            self._stop_clock()
            if self._idle_clock is not None:
                self._idle_clock.cancel()
            looker.cancel()
            process.kill()  # only does something when this task itself was ended
            await asyncio.wait([looker])
        if self._compiling is not None:
            stream: Stream = "stdout" if self._on_terminal else "stderr"
            self._gatherer.feed(stream, self._compiling.rest())
        self._gatherer.finish()
        cpu_seconds = usage.ru_utime + usage.ru_stime - self._compiler_seconds
        verdict = self._verdict(code, cpu_seconds)
        outside = self._ended is not None
        died_of = None if outside else _DEADLY.get(code)
        return Finished(
            verdict,
            exit_code=None if outside or died_of else code,
            signal=died_of,
            wall_ms=round((loop.time() - self._began) * 1000),
            cpu_ms=round(cpu_seconds * 1000),
            memory_bytes=self._peak or None,
            truncated=self._gatherer.truncated,
            message=self._message,
        )

    def _spawn(self, slot: int) -> Process:
        jail, job = self._place.jail, self._job
        texts = {path: text.encode(errors="replace") for path, text in job.files.items()}
        mark = self._compiling.mark if self._compiling else ""
        on_terminal = self._on_terminal
        command = jail.command(
            *(self._recipe, self._interpreter, job.main, self._limits, slot, mark),
            terminal=on_terminal,
        )
        with memory_files(texts) as files, memory_files({"": seccomp.program()}) as own:
            arguments = jail.arguments(
                self._recipe, self._interpreter, files, own[""], terminal=on_terminal
            )
            # not on the command line, which the program can read: they tell about this machine
            joined = b"".join(word.encode() + b"\0" for word in arguments)
            with memory_files({"": joined}) as listed:
                inherited = (*files.values(), own[""], listed[""])
                argv = [jail.program, "--args", str(listed[""]), "--", *command]
                ends: Ends = Terminal(job.size, jail.owner(slot)) if on_terminal else Pipes()
                return Process(argv, inherited, ends)

    def _feed(self, ends: Ends) -> None:
        self._takes_input = ends
        for data in self._input:
            ends.write(data)
        self._input.clear()
        if self._input_ended:
            ends.write_eof()

    def _read(self, stream: Stream, data: bytes) -> None:
        if self._compiling is not None and (stream == "stderr" or self._on_terminal):
            of_compiler, data, done = self._compiling.feed(data)
            self._gatherer.feed(stream, of_compiler)
            if not done:
                return
            self._compiler_seconds, self._compiling = self._told(self._compiling), None
            self._wind_clock()
            self._gatherer.flush()
            self._emit(Stage("run"))
            if self._on_terminal and self._process is not None:
                self._feed(self._process.ends)
        self._gatherer.feed(stream, data)

    def _told(self, compiling: Compiling) -> float:
        """The CPU time of the compiler, and never more than it can have used."""
        elapsed = asyncio.get_running_loop().time() - self._began
        return min(compiling.cpu_seconds, elapsed * (os.cpu_count() or 1))

    def _wind_clock(self) -> None:
        """The compiler has its own time, and the program all of its own after it."""
        self._stop_clock()
        seconds = COMPILE_SECONDS if self._compiling else self._limits.wall_seconds
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._clock = loop.call_later(seconds, self._end, Verdict.TIMEOUT)

    def _wind_idle_clock(self) -> None:
        seconds = self._limits.idle_seconds
        if self._idle_clock is not None:
            self._idle_clock.cancel()
        if seconds is not None:
            self._idle_clock = asyncio.get_running_loop().call_later(seconds, self._end_idle)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()

    def _end_idle(self) -> None:
        if self._ended is None:
            self._message = "Ended, as nothing was typed for some minutes."
            self._end(Verdict.TIMEOUT)

    def _emit(self, event: Event) -> None:
        if isinstance(event, Output) and (event.stream == "stderr" or self._on_terminal):
            self._errors.append(event.text)
        self._events.put_nowait(event)

    async def _look(self, process: Process) -> None:
        """Ends the run when its processes together use too much."""
        loop = asyncio.get_running_loop()
        meter = Meter(await process.first_pid)
        most = self._limits.memory_bytes + self._recipe.extra_memory
        pause, longest = LOOK_SECONDS
        try:
            while self._ended is None:
                usage = await loop.run_in_executor(self._place.lookers, meter.read, most)
                if usage is not None:
                    self._note(usage, most)
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, longest)
        finally:
            self._place.lookers.submit(meter.close)

    def _note(self, usage: Usage, most: int) -> None:
        self._cpu_seconds = usage.cpu_seconds
        if self._compiling is None:
            self._peak = max(self._peak, usage.memory_bytes)
        if usage.memory_bytes > most:
            self._end(Verdict.MEMORY)
        elif not self._compiling and self._cpu_of_program() > self._limits.cpu_seconds:
            self._end(Verdict.TIMEOUT)

    def _cpu_of_program(self) -> float:
        return self._cpu_seconds - self._compiler_seconds

    def _looked(self, looker: asyncio.Task[None]) -> None:
        """What cannot be watched must not run."""
        if not looker.cancelled() and (error := looker.exception()) is not None:
            self._message = f"What the program uses cannot be measured here: {error!r}."
            self._end(Verdict.FAILED)

    def _end_for_output(self) -> None:
        self._end(Verdict.OUTPUT)

    def _end(self, verdict: Verdict) -> None:
        """Kills the program; the first reason is the one that counts."""
        if self._ended is None and self._process is not None and not self.task.done():
            self._ended = verdict
            self._process.kill()

    def _verdict(self, code: int, cpu_seconds: float) -> Verdict:
        if self._ended is not None:
            return self._ended
        if code == 0:
            return Verdict.OK
        errors = "".join(self._errors)
        if _OWN_FAILURE.match(errors):
            self._message = errors.strip()
            return Verdict.FAILED
        if self._recipe.out_of_memory.search(errors):
            return Verdict.MEMORY
        # the kernel was faster than our own count
        if self._compiling is None and cpu_seconds > self._limits.cpu_seconds:
            return Verdict.TIMEOUT
        return Verdict.ERROR
