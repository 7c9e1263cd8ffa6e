"""A runner whose programs do what a test says, at the moment it says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from server.runner.base import (
    Event,
    Finished,
    Job,
    Language,
    Output,
    Started,
    Verdict,
    until_finished,
)


class ScriptedRun:
    """See `base.Run`. ``typed``: what its program was given; ``deaf``: it takes no more."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.typed: list[str] = []
        self.over = False
        self.deaf = False
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def events(self) -> AsyncIterator[Event]:
        return until_finished(self._events)

    def write_stdin(self, text: str) -> bool:
        if self.deaf or self.over:
            return False
        self.typed.append(text)
        return True

    def close_stdin(self) -> None:
        """It may be typed to all the same."""

    def stop(self) -> None:
        self.end(Verdict.STOPPED)

    def say(self, *events: Event) -> None:
        for event in events:
            self._events.put_nowait(event)

    def begin(self) -> None:
        self.say(Started(terminal=True))

    def print(self, *texts: str) -> None:
        self.say(*(Output("stdout", text) for text in texts))

    def end(self, verdict: Verdict = Verdict.OK) -> None:
        if not self.over:
            self.over = True
            self.say(Finished(verdict, exit_code=0 if verdict is Verdict.OK else None))


class ScriptedRunner:
    """See `base.Runner`. ``runs``: all that were started."""

    reason: str | None = None

    def __init__(self) -> None:
        self.runs: list[ScriptedRun] = []

    def languages(self) -> Sequence[Language]:
        return [Language("python", "Python", "main.py", repl=True)]

    async def settle(self) -> None:
        """Everything is there."""

    def start(self, job: Job) -> ScriptedRun:
        self.runs.append(ScriptedRun(job))
        return self.runs[-1]

    async def close(self) -> None:
        for run in self.runs:
            run.stop()
