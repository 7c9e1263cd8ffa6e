"""Runs of a room's code: started by one, seen by all, stored for those who come later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import structlog

from crdt.document import File
from crdt.replica import Peer
from server.auth.principal import Principal
from server.errors import InvalidBody, RunBusy, RunnerOff, StorageUnavailable
from server.judging import Judge, judgeable, passed_all
from server.problems import Language, Problem
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.matching import matches
from server.rooms.record import Run, copied, joined, new_run, now, settled
from server.rooms.room import Room
from server.runner import base
from server.runner.base import (
    Finished,
    Job,
    Limits,
    Output,
    Runner,
    Size,
    Stage,
    Started,
    Waiting,
)
from server.store.progress import Progress
from server.store.runs import Runs

log = structlog.stdlib.get_logger(__name__)

LISTED: Final = 20
"""Runs that somebody who comes late is told of."""

STDIN_CHARACTERS: Final = 32_768
"""Most that is typed to a program at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks to have run.

    ``language`` None: that of the file that is shown. ``tests``: also against the problem's
    tests, hidden ones too. ``practice``: the outcome counts as this person's progress.
    ``columns`` and ``rows``: of the terminal, if the run gets one. ``repl``: no program, but the
    interpreter of that language, to be typed to.
    """

    by: Principal
    language: str | None = None
    stdin: str = ""
    problem: Problem | None = None
    tests: bool = False
    practice: bool = False
    columns: int = 80
    rows: int = 24
    repl: str | None = None


@dataclass(slots=True)
class _Live:
    """A run that is going on."""

    run: Run
    execution: base.Run
    order: Order
    expected: str | None
    judge: Judge | None = None
    typed: list[str] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class RunDesk:
    """Starts, follows and stops the runs of all rooms of this worker: one a room at a time."""

    def __init__(
        self,
        *,
        hub: Hub,
        runs: Runs,
        progress: Progress,
        runner: Runner,
        live: Live,
        limits: Limits | None = None,
    ) -> None:
        """``limits``: of judged runs; those of problems come first."""
        self._limits = limits or Limits()
        self._hub = hub
        self._told = live
        self._runs = runs
        self._progress = progress
        self._runner = runner
        self._live: dict[str, _Live] = {}
        """By session."""
        self._ending: dict[str, Run] = {}
        """Runs that are over but not stored as such yet, by id."""
        self._starting: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_finished: list[Callable[[Run], None]] = []
        """Who hears of every run that has ended, with the run as it is then."""

    def available(self) -> dict[str, Any]:
        """What can be run: ``{available, reason, languages: [{language, path, label}]}``."""
        languages = [
            {
                "language": each.id,
                "path": each.path,
                "label": each.label,
                "repl": each.repl,
            }
            for each in self._runner.languages()
        ]
        return {
            "available": self._runner.reason is None,
            "reason": self._runner.reason,
            "languages": languages,
        }

    @property
    def going(self) -> int:
        """Runs that are queued or running."""
        return len(self._live)

    async def start(self, session_id: str, order: Order) -> Run:
        """Run the room's code.

        Raises ``RunnerOff``, ``RunBusy``, ``InvalidBody`` for a language that cannot be run or
        has no tests, or ``StorageUnavailable``.
        """
        if self._runner.reason is not None:
            raise RunnerOff(self._runner.reason)
        if session_id in self._live or session_id in self._starting:
            raise RunBusy
        self._starting.add(session_id)
        try:
            room = await self._hub.open(session_id)
            file = self._choose(room, order)
            judge = self._judge(order, file)
            files = {each.path: each.text for each in room.files()}
            job = _job(file, files, order, judge, self._limits)
            run = new_run(session_id, order.by, file, repl=job.repl)
            await self._runs.save(run)
            execution = self._runner.start(job)
            live = _Live(run, execution, order, _expected(order, file.language), judge)
            self._live[session_id] = live
        finally:
            self._starting.discard(session_id)
        self._hub.notify(session_id, {"type": "run.started", "run": copied(run)})
        live.task = self._spawn(self._follow(live))
        return copied(run)

    async def list(self, session_id: str) -> list[Run]:
        """The newest runs of a session, oldest first, the one going on included."""
        known = self._unstored(session_id)  # what is over by the time the rest was read
        stored = await self.stored(session_id)
        return [*self.current(session_id, [known.get(run["_id"], run) for run in stored])]

    async def stored(self, session_id: str) -> Sequence[Run]:
        """The newest runs of a session as stored, oldest first."""
        return await self._runs.of_session(session_id, LISTED)

    def current(self, session_id: str, stored: Sequence[Run]) -> Sequence[Run]:
        """Those runs as they are at this moment, with the one going on."""
        live = self._live.get(session_id)
        going_on = live.run["_id"] if live else None
        known = self._unstored(session_id)
        runs = [settled(known.get(run["_id"], run)) for run in stored if run["_id"] != going_on]
        return [*runs, copied(live.run)] if live else runs

    def _unstored(self, session_id: str) -> dict[str, Run]:
        """Runs that are further than the store knows, by id."""
        live = self._live.get(session_id)
        return {**self._ending, live.run["_id"]: live.run} if live else dict(self._ending)

    def on_event(self, room: Room, peer: Peer, payload: dict[str, Any]) -> None:
        """Do what a client's ``run.stop`` or ``run.stdin`` asks; refuse everything else."""
        kind = payload["type"]
        if kind not in ("run.stop", "run.stdin"):
            _refuse(room, peer, "unknown_event", f"There is no event {kind!r:.60}.")
            return
        if not peer.may_write:
            _refuse(room, peer, "not_allowed", "Spectators cannot control a run.")
            return
        live = self._live.get(room.session_id)
        if live is None or live.run["_id"] != payload.get("id"):
            _refuse(room, peer, "no_such_run", "This run is not going on.")
        elif kind == "run.stop":
            live.execution.stop()
        else:
            data = payload.get("data")
            if not isinstance(data, str) or len(data) > STDIN_CHARACTERS:
                _refuse(room, peer, "invalid_body", f"data: at most {STDIN_CHARACTERS} characters")
            elif not live.execution.write_stdin(data):
                _refuse(room, peer, "no_input", "This run takes no more input.")
            elif live.expected is not None:
                live.typed.append(data)

    async def close(self) -> None:
        """Stop everything that runs and wait until it has ended and is stored."""
        await self._runner.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _choose(self, room: Room, order: Order) -> File:
        """The file to run: the one shown, or else the one that the language starts with. For a
        REPL it is nothing but the language."""
        files = {file.path: file for file in room.files()}
        known = {each.id: each for each in self._runner.languages()}
        language = order.language
        if order.repl is not None:
            if order.repl not in known or not known[order.repl].repl:
                raise InvalidBody(f"There is no {order.repl} to type to here.", field="repl")
            return File("", order.repl, "")
        shown = files.get(room.active() or "")
        if shown is not None and language in (None, shown.language):
            language = shown.language
            chosen = shown
        elif language in known and known[language].path in files:
            chosen = files[known[language].path]
        else:
            raise InvalidBody(f"This room has no {language} file to run.", field="language")
        if chosen.language not in known:
            raise InvalidBody(f"{chosen.language} cannot be run on this server.", field="language")
        return chosen

    def _judge(self, order: Order, file: File) -> Judge | None:
        """What judges the run, if that is asked for."""
        if not order.tests:
            return None
        if order.problem is None or not judgeable(file.language):
            raise InvalidBody(f"There are no tests in {file.language}.", field="tests")
        return Judge(order.problem, file.language, file.path, self._limits)

    async def _follow(self, live: _Live) -> None:
        run = live.run
        session_id: str = run["session"]
        outcome: Run = {"verdict": "failed"}
        try:
            async for event in live.execution.events():
                match event:
                    case Waiting(place):
                        run["place"] = place
                        self._tell(run, "run.waiting", place=place)
                    case Started(terminal):
                        run.update(status="running", startedAt=now(), place=None)
                        run["terminal"] = terminal
                        self._hub.notify(session_id, {"type": "run.started", "run": copied(run)})
                    case Stage(name):
                        run["stage"] = name
                        self._tell(run, "run.stage", stage=name)
                    case Output():
                        for shown in live.judge.feed(event) if live.judge else (event,):
                            self._output(run, shown.stream, shown.text)
                    case Finished():
                        for shown in live.judge.end() if live.judge else ():
                            self._output(run, shown.stream, shown.text)
                        outcome = _outcome(live, event)
        finally:
            try:
                await self._note(live, outcome)
            finally:
                run.update(outcome, status="finished", place=None, finishedAt=now())
                run["output"] = joined(run["output"])
                del self._live[session_id]
                for hear in self.on_finished:
                    hear(run)
                self._hub.notify(session_id, {"type": "run.finished", "run": copied(run)})
                await self._save(run)
                self._told.changed("stats", {run["by"]["_id"]})

    def _output(self, run: Run, stream: str, text: str) -> None:
        at = len(run["output"])
        run["output"].append({"stream": stream, "text": text})
        self._tell(run, "run.output", stream=stream, text=text, at=at)

    def _tell(self, run: Run, kind: str, **values: object) -> None:
        self._hub.notify(run["session"], {"type": kind, "id": run["_id"], **values})

    async def _note(self, live: _Live, outcome: Run) -> None:
        """Keep how far the one who practises has come: before anybody can see that the run ended,
        so that who asks then gets the new state."""
        run, order = live.run, live.order
        if not order.practice or order.problem is None or outcome["verdict"] == "failed":
            return
        if order.repl is not None:
            return
        solved = outcome["verdict"] == "ok" and passed_all(outcome.get("cases") or ())
        try:
            await self._progress.note(
                order.by.user_id, order.problem.id, language=run["language"], solved=solved
            )
        except StorageUnavailable:
            log.error("progress not stored", run=run["_id"], session=run["session"])

    async def _save(self, run: Run) -> None:
        self._ending[run["_id"]] = run
        try:
            await self._runs.save(run)
        except StorageUnavailable:
            log.error("run not stored", run=run["_id"], session=run["session"])
        finally:
            del self._ending[run["_id"]]

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(_report(self._tasks.discard))
        return task


def _report(forget: Callable[[asyncio.Task[None]], None]) -> Callable[[asyncio.Task[None]], None]:
    def done(task: asyncio.Task[None]) -> None:
        forget(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("run failed", error=repr(error))

    return done


def _job(
    file: File, files: dict[str, str], order: Order, judge: Judge | None, limits: Limits
) -> Job:
    """Raises ``InvalidBody`` for what cannot be run, such as a file beside another's folder."""
    try:
        if judge is not None:
            return judge.job(files)
        # Without input given beforehand it can be typed while the program runs.
        size = Size(order.columns, order.rows)
        if order.repl is not None:
            longer = limits.of_repl()
            return Job(file.language, files, "", live=True, repl=True, size=size, limits=longer)
        live = not order.stdin
        return Job(file.language, files, file.path, order.stdin, live, size=size)
    except ValueError as error:
        raise InvalidBody(str(error)) from error


def _outcome(live: _Live, event: Finished) -> Run:
    """The fields of a run that its end decides, but for ``status`` and ``finishedAt``."""
    outcome: Run = {
        "verdict": event.verdict,
        "exitCode": event.exit_code,
        "signal": event.signal,
        "truncated": event.truncated,
        "message": event.message,
        "wallMs": event.wall_ms,
        "cpuMs": event.cpu_ms,
        "memoryBytes": event.memory_bytes,
    }
    if live.judge is not None:
        cases = outcome["cases"] = live.judge.cases(event)
        if event.verdict == "ok":
            outcome["matchesExpected"] = passed_all(cases)
        return outcome
    if live.expected is None:
        return outcome
    output = live.run["output"]
    printed = "".join(each["text"] for each in output if each["stream"] == "stdout")
    if event.verdict == "ok":
        typed = "".join(live.typed) if live.run["terminal"] else ""
        outcome["matchesExpected"] = matches(printed, typed, live.expected)
    return outcome


def _expected(order: Order, language: str) -> str | None:
    """What a plain run prints that solves the problem, where that is known."""
    for known in get_args(Language):
        if order.problem is not None and not (order.tests or order.repl) and language == known:
            return order.problem.expected_output(known)
    return None


def _refuse(room: Room, peer: Peer, code: str, message: str) -> None:
    room.tell(peer, {"type": "error", "code": code, "message": message})
