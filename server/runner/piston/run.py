"""One run at Piston, from the queue to its verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final

from server.runner import base
from server.runner.base import (
    Event,
    Finished,
    Job,
    Limits,
    Started,
    Stream,
    Verdict,
    until_finished,
)
from server.runner.gather import Gatherer
from server.runner.piston.client import Client, NoSocket, PistonError, Refused, encoded
from server.runner.piston.live import Input, Talk
from server.runner.piston.reply import Reply, Stage, errors_of, finished
from server.runner.piston.request import Caps, input_fits, request
from server.runner.piston.runtimes import Runtime

PATIENCE_SECONDS: Final = 60.0
"""For Piston's own queue and the compiler, on top of the time the program has."""

LIMITS: Final = 8
"""Limits that it may refuse one after the other: it has six, and names one at a time."""

GOES_ON: Final = "Piston cannot end a program: this one goes on there until its own limit of time."
GONE: Final = "Piston no longer has this language; what it has is asked anew every minute"
NO_TYPING: Final = (
    "This Piston offers no WebSocket: nothing can be typed while a program runs, and what it "
    "prints comes at its end."
)
TOO_MUCH_INPUT: Final = "the input is more than the 64 kB that are safe to give to Piston"


@dataclass(slots=True)
class Place:
    """What every run at one Piston shares."""

    client: Client
    slots: asyncio.Semaphore
    caps: Caps
    socket: bool = True
    """False once it was found to have no WebSocket."""


class PistonRun:
    """See `base.Run`. Piston cannot stop a program: it is then left alone."""

    def __init__(self, place: Place, runtime: Runtime, job: Job, limits: Limits) -> None:
        self._place = place
        self._runtime = runtime
        self._job = job
        self._limits = limits
        self._sent: dict[str, int] = {}
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._input = Input(job.stdin if job.live else "")
        self._input.ended = not job.live
        self._waiting = True
        self._ended: Finished | None = None
        self._notice = ""
        self._gatherer = Gatherer(limits.output_bytes, self._emit, self._end_for_output)
        self.task = asyncio.create_task(self._live())

    def events(self) -> AsyncIterator[Event]:
        return until_finished(self._events)

    def write_stdin(self, text: str) -> bool:
        return not self.task.done() and self._input.write(text)

    def close_stdin(self) -> None:
        """Piston knows no end of input: the program does not hear of it."""
        self._input.ended = True

    def stop(self) -> None:
        if self._waiting and not self.task.done():
            self._waiting = False
            self._emit(Finished(Verdict.STOPPED))
            self.task.cancel()
        else:
            self._end(Finished(Verdict.STOPPED, message=GOES_ON))

    async def _live(self) -> None:
        async with self._place.slots:
            self._waiting = False
            self._emit(Started())
            end = Finished(Verdict.FAILED, message="The server could not run the program.")
            try:
                async with asyncio.timeout(self._limits.wall_seconds + PATIENCE_SECONDS):
                    end = await self._ended_by_itself()
            except asyncio.CancelledError:
                end = self._ended or end  # nobody else waits for this task
            except TimeoutError:
                end = Finished(Verdict.FAILED, message="Piston is too busy: it did not finish.")
            except PistonError as error:
                told = str(error)
                end = Finished(Verdict.FAILED, message=f"{told[:1].upper()}{told[1:]}.")
            finally:
                self._input.ended = True
                self._gatherer.finish()
                # what is over our own limit of output may be found when all is over there
                self._emit(self._told(self._ended or end))

    async def _ended_by_itself(self) -> Finished:
        """Tries again with each limit that Piston tells of."""
        for _ in range(LIMITS):
            self._sent = self._place.caps.limits(self._job.language, self._limits)
            try:
                if self._job.live and self._place.socket:
                    return await self._talk()
                return await self._execute()
            except NoSocket:
                self._place.socket = False
            except Refused as refused:
                if str(refused).endswith("runtime is unknown"):
                    raise PistonError(GONE) from refused
                if not self._place.caps.learn(self._job.language, str(refused)):
                    raise PistonError(f"Piston refused: {refused}") from refused
        raise PistonError("Piston refuses every limit")

    async def _talk(self) -> Finished:
        body = self._body(live=True)
        socket = await self._place.client.connect()
        try:
            return await Talk(socket, self._gatherer, self._input, self._emit).hold(body)
        finally:
            await socket.close()

    async def _execute(self) -> Finished:
        if self._job.live:
            self._input.ended = True
            self._notice = NO_TYPING
        if not input_fits(self._job):
            raise PistonError(TOO_MUCH_INPUT)
        body = self._body(live=False)
        encoded(body)
        loop = asyncio.get_running_loop()
        began = loop.time()
        seconds = self._limits.wall_seconds + PATIENCE_SECONDS
        reply = await self._place.client.execute(body, seconds)
        self._place.caps.modern = reply.run.modern
        return self._read(reply, (loop.time() - began) * 1000)

    def _body(self, *, live: bool) -> dict[str, Any]:
        return request(self._job, self._runtime, dict(self._sent), live=live)

    def _read(self, reply: Reply, took_ms: float) -> Finished:
        if reply.compile is not None:
            self._emit(base.Stage("compile"))
            self._show(reply.compile)
            self._gatherer.flush()
            if not reply.compiled:
                end = finished(reply.compile, took_ms=None, limits={})
                late = end.verdict is Verdict.TIMEOUT
                return replace(end, message="The compiler took too long.") if late else end
            self._emit(base.Stage("run"))
        self._show(reply.run)
        took = took_ms if reply.compile is None else None
        return finished(reply.run, took_ms=took, limits=self._sent)

    def _show(self, stage: Stage) -> None:
        texts: tuple[tuple[Stream, str], ...] = (
            ("stdout", stage.stdout),
            ("stderr", errors_of(stage)),
        )
        for stream, text in texts:
            self._gatherer.feed(stream, text.encode(errors="replace"))

    def _told(self, end: Finished) -> Finished:
        """With what people should know beside the verdict."""
        told = [end.message, self._notice]
        allowed = self._sent.get("run_timeout", 0) / 1000
        if end.verdict is Verdict.TIMEOUT and 0 < allowed < self._limits.wall_seconds:
            told.append(f"Piston allows {allowed:g} s: raise PISTON_RUN_TIMEOUT there.")
        return replace(end, message=" ".join(filter(None, told)))

    def _emit(self, event: Event) -> None:
        self._events.put_nowait(event)

    def _end_for_output(self) -> None:
        goes_on = self._job.live and not self._notice  # else it was over when we heard of it
        message = GOES_ON if goes_on else ""
        self._end(Finished(Verdict.OUTPUT, truncated=True, message=message))

    def _end(self, end: Finished) -> None:
        """Leaves the program alone; the first reason is the one that counts."""
        if self._ended is None and not self._waiting and not self.task.done():
            self._ended = end
            self.task.cancel()
