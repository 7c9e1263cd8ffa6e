"""The one queue before a runner: how many runs at once, in the order in which they were asked for.

`Queued` is that of one server; `shared_queue` makes it one for several of them.

A room has one run at a time, so one that has just run stands behind all that wait. REPLs, which
mostly wait for somebody to type, leave one place to programs where there is more than one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from server.errors import ApiError, RunnerOff
from server.runner.base import (
    STDIN_BYTES,
    Event,
    Finished,
    Job,
    Language,
    Run,
    Runner,
    UnknownLanguage,
    Verdict,
    Waiting,
    until_finished,
)


def most_repls(at_once: int) -> int:
    """How many of those that go on at once may be REPLs."""
    return max(at_once - 1, 1)


class QueuedRun:
    """See `base.Run`: one that waits its turn, and then is what the runner makes of the job."""

    def __init__(self, job: Job, leave: Callable[[QueuedRun], None]) -> None:
        """`leave` is called when it was stopped before its turn."""
        self.job = job
        self.ticket: str | None = None
        """Its name in a queue of several workers."""
        self._leave = leave
        self._place: int | None = None
        """In the queue, as was told last."""
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._run: Run | None = None
        self._typed: list[str] = []
        self._input_left = STDIN_BYTES - len(job.stdin.encode(errors="replace"))
        self._input_ended = not job.live
        self._over = False

    def events(self) -> AsyncIterator[Event]:
        return until_finished(self._events)

    def write_stdin(self, text: str) -> bool:
        if self._run is not None:
            return self._run.write_stdin(text)
        size = len(text.encode(errors="replace"))
        if self._input_ended or size > self._input_left:
            return False
        self._input_left -= size
        self._typed.append(text)
        return True

    def close_stdin(self) -> None:
        self._input_ended = True
        if self._run is not None:
            self._run.close_stdin()

    def stop(self) -> None:
        if self._run is not None:
            self._run.stop()
        elif not self._over:
            self._finish(Finished(Verdict.STOPPED))
            self._leave(self)

    def wait_at(self, place: int) -> None:
        if place != self._place:
            self._place = place
            self._events.put_nowait(Waiting(place))

    def begin(self, runner: Runner) -> None:
        """It is its turn."""
        try:
            run = self._run = runner.start(self.job)
        except ApiError as error:  # it was turned off meanwhile
            self._finish(Finished(Verdict.FAILED, message=error.message))
            return
        for text in self._typed:
            run.write_stdin(text)
        if self.job.live and self._input_ended:
            run.close_stdin()

    async def follow(self) -> None:
        """Passes on what becomes of it, until it is over."""
        if self._run is None:
            return
        async for event in self._run.events():
            self._events.put_nowait(event)

    def _finish(self, event: Finished) -> None:
        self._over = self._input_ended = True
        self._events.put_nowait(event)


class Queued:
    """See `base.Runner`: carried out by another one, at most `at_once` at the same time."""

    def __init__(self, runner: Runner, at_once: int) -> None:
        self._runner = runner
        self._at_once = at_once
        self._waiting: list[QueuedRun] = []
        self._going: dict[asyncio.Task[None], QueuedRun] = {}
        self._closed = False

    @property
    def reason(self) -> str | None:
        return "The server is stopping." if self._closed else self._runner.reason

    def languages(self) -> Sequence[Language]:
        return self._runner.languages()

    async def settle(self) -> None:
        await self._runner.settle()

    def start(self, job: Job) -> QueuedRun:
        if self.reason is not None:
            raise RunnerOff(self.reason)
        languages = {language.id: language for language in self.languages()}
        if job.language not in languages or (job.repl and not languages[job.language].repl):
            raise UnknownLanguage
        run = QueuedRun(job, self._leave)
        self._waiting.append(run)
        self._move_up()
        return run

    async def close(self) -> None:
        self._closed = True
        for run in list(self._waiting):
            run.stop()
        going = list(self._going)
        await self._runner.close()
        await asyncio.gather(*going, return_exceptions=True)

    def _leave(self, run: QueuedRun) -> None:
        self._waiting.remove(run)
        self._move_up()

    def _move_up(self) -> None:
        """Starts whoever may, and tells the others where they stand."""
        while run := next(filter(self._may_begin, self._waiting), None):
            self._begin(run)
        for place, run in enumerate(self._waiting, 1):
            run.wait_at(place)

    def _may_begin(self, run: QueuedRun) -> bool:
        repls = sum(each.job.repl for each in self._going.values())
        if run.job.repl and repls >= most_repls(self._at_once):
            return False
        return len(self._going) < self._at_once

    def _begin(self, run: QueuedRun) -> None:
        self._waiting.remove(run)
        run.begin(self._runner)
        task = asyncio.create_task(run.follow())
        self._going[task] = run
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._going[task]
        self._move_up()
