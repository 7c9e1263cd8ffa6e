"""What somebody asks to have run: which file, as what job, and what its end means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import structlog

from crdt.document import File
from server.auth.principal import Principal
from server.errors import InvalidBody, StorageUnavailable
from server.judging import Judge, judgeable, passed_all
from server.problems import Language, Problem
from server.rooms.matching import matches
from server.rooms.record import Run
from server.rooms.room import Room
from server.runner import base
from server.runner.base import Finished, Job, Limits, Size
from server.store.progress import Progress

log = structlog.stdlib.get_logger(__name__)


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


def offered(runner: base.Runner) -> dict[str, Any]:
    """What can be run, as people are told."""
    languages = [
        {"language": each.id, "path": each.path, "label": each.label, "repl": each.repl}
        for each in runner.languages()
    ]
    return {
        "available": runner.reason is None,
        "reason": runner.reason,
        "languages": languages,
    }


def chosen(room: Room, order: Order, languages: Sequence[base.Language]) -> File:
    """The file to run: the one shown, or else the one that the language starts with. For a REPL
    it is nothing but the language. Raises ``InvalidBody``."""
    files = {file.path: file for file in room.files()}
    known = {each.id: each for each in languages}
    language = order.language
    if order.repl is not None:
        if order.repl not in known or not known[order.repl].repl:
            raise InvalidBody(f"There is no {order.repl} to type to here.", field="repl")
        return File("", order.repl, "")
    shown = files.get(room.active() or "")
    if shown is not None and language in (None, shown.language):
        file = shown
    elif language in known and known[language].path in files:
        file = files[known[language].path]
    else:
        raise InvalidBody(f"This room has no {language} file to run.", field="language")
    if file.language not in known:
        raise InvalidBody(f"{file.language} cannot be run on this server.", field="language")
    return file


def judge_of(order: Order, file: File, limits: Limits) -> Judge | None:
    """What judges the run, if that is asked for. Raises ``InvalidBody``."""
    if not order.tests:
        return None
    if order.problem is None or not judgeable(file.language):
        raise InvalidBody(f"There are no tests in {file.language}.", field="tests")
    return Judge(order.problem, file.language, file.path, limits)


def job_of(room: Room, file: File, order: Order, judge: Judge | None, limits: Limits) -> Job:
    """Raises ``InvalidBody`` for what cannot be run, such as a file beside another's folder."""
    files = {each.path: each.text for each in room.files()}
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


def expected_of(order: Order, language: str) -> str | None:
    """What a plain run prints that solves the problem, where that is known."""
    for known in get_args(Language):
        if order.problem is not None and not (order.tests or order.repl) and language == known:
            return order.problem.expected_output(known)
    return None


async def note(progress: Progress, order: Order, run: Run, outcome: Run) -> None:
    """Keep how far the one who practises has come: before anybody can see that the run ended, so
    that who asks then gets the new state."""
    counts = order.practice and order.repl is None and outcome["verdict"] != "failed"
    if order.problem is None or not counts:
        return
    solved = outcome["verdict"] == "ok" and passed_all(outcome.get("cases") or ())
    try:
        await progress.note(
            order.by.user_id, order.problem.id, language=run["language"], solved=solved
        )
    except StorageUnavailable:
        log.error("progress not stored", run=run["_id"], session=run["session"])


def outcome_of(
    run: Run, event: Finished, judge: Judge | None, expected: str | None, typed: Sequence[str]
) -> Run:
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
    if judge is not None:
        cases = outcome["cases"] = judge.cases(event)
        if event.verdict == "ok":
            outcome["matchesExpected"] = passed_all(cases)
    elif expected is not None and event.verdict == "ok":
        printed = "".join(each["text"] for each in run["output"] if each["stream"] == "stdout")
        echoed = "".join(typed) if run["terminal"] else ""
        outcome["matchesExpected"] = matches(printed, echoed, expected)
    return outcome
