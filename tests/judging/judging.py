"""Judged runs in the real sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from server.judging import Case, Judge
from server.problems import PATHS, Language, Problem
from server.runner.base import Finished, Limits, Output, Runner
from tests.problems.drafts import draft, read, signature

LIMITS = Limits(wall_seconds=60, cpu_seconds=30)
"""Plenty: how busy the machine is must not decide a test."""


@dataclass(frozen=True)
class Judged:
    """What came of a run; ``printed`` is what people see."""

    end: Finished
    cases: list[Case]
    printed: str

    @property
    def states(self) -> list[str]:
        return [case["state"] for case in self.cases]


def problem(
    parameters: dict[str, str],
    result: str,
    tests: list[tuple[list[Any], Any]],
    *,
    hidden: int = 1,
    in_place: str | None = None,
    **changes: Any,
) -> Problem:
    """A problem whose function is called `solve`; the last `hidden` tests are hidden."""
    written = [{"args": args, "expected": expected} for args, expected in tests]
    return read(
        draft(
            signature=signature(parameters, result, in_place),
            tests=written[: len(written) - hidden],
            hiddenTests=written[len(written) - hidden :],
            **changes,
        )
    )


async def judged(
    runner: Runner,
    about: Problem,
    language: Language,
    text: str,
    *,
    limits: Limits = LIMITS,
    files: dict[str, str] | None = None,
) -> Judged:
    """Judges that file, with others beside it."""
    judge = Judge(about, language, PATHS[language], limits)
    run = runner.start(judge.job({**(files or {}), PATHS[language]: text}))
    shown: list[Output] = []
    end = None
    async for event in run.events():
        if isinstance(event, Output):
            shown += judge.feed(event)
        elif isinstance(event, Finished):
            end = event
    assert end is not None
    shown += judge.end()
    return Judged(end, judge.cases(end), "".join(each.text for each in shown))


def quick(seconds: float) -> Limits:
    """For programs that never end."""
    return replace(LIMITS, wall_seconds=seconds, cpu_seconds=seconds)
