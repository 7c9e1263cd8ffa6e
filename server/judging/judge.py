"""One judged run: the job to start, what people may see of its output, and its cases."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from server.judging.cases import Case, State, case
from server.judging.compare import SHOWN_CHARACTERS, right, shown
from server.judging.scan import Mark, Scanner
from server.problems import Language, Problem
from server.problems import Test as Given
from server.runner.base import MIB, Finished, Job, Limits, Output, Verdict

DRIVERS: Final[Mapping[str, str]] = {
    "python": "driver.py",
    "javascript": "driver.js",
    "java": "Driver.java",
}

STARTUP_SECONDS: Final[Mapping[str, float]] = {"python": 0.5, "javascript": 1, "java": 5}
"""What loading takes before the first call; Java compiles."""

FRAME_BYTES: Final = 300
"""What a test adds to the output besides its result: marks, times, an error's first lines."""

LONGEST_ERROR: Final = 2_000


def judgeable(language: str) -> bool:
    """Whether code in this language can be judged."""
    return language in get_args(Language)


@cache
def _driver(language: str) -> str:
    return (Path(__file__).parent / "drivers" / DRIVERS[language]).read_text(encoding="utf-8")


class Judge:
    """Judges the function in the file `main`. All tests are one job, the visible ones first."""

    def __init__(self, problem: Problem, language: str, main: str, limits: Limits) -> None:
        """`limits`: of any run; the problem's own take their place. Expects a language that is
        judgeable."""
        self._problem = problem
        self._language = language
        self._main = main
        self._tests: list[Given] = [*problem.tests, *problem.hidden_tests]
        self._limits = self._limited(limits)
        self._nonce = secrets.token_hex(6)
        self._out, self._err = Scanner(self._nonce), Scanner(self._nonce)
        self._frames: dict[int, dict[str, Any]] = {}
        self._load_error: str | None = None
        self._at = -1  # the test whose output comes next
        self._printed: dict[int, str] = {}

    def job(self, files: Mapping[str, str]) -> Job:
        """Raises ValueError like `Job`."""
        suffix = Path(DRIVERS[self._language]).suffix
        driver = f"judge_{self._nonce}{suffix}"
        signature = self._problem.signature
        changed = signature.result.in_place
        order = {
            "main": self._main,
            "function": getattr(signature.name, self._language),
            "parameters": [parameter.type for parameter in signature.parameters],
            "result": signature.result.type,
            "inPlace": None
            if changed is None
            else [parameter.name for parameter in signature.parameters].index(changed),
        }
        lines = [self._nonce, json.dumps(order), *(json.dumps(test.args) for test in self._tests)]
        everything = {**files, driver: _driver(self._language)}
        return Job(self._language, everything, driver, "\n".join(lines) + "\n", limits=self._limits)

    def feed(self, output: Output) -> list[Output]:
        """What people may see of it: what the code printed, but not for hidden tests."""
        scanner = self._out if output.stream == "stdout" else self._err
        return self._shown(scanner.feed(output.text))

    def end(self) -> list[Output]:
        """The rest of what people may see."""
        return self._shown([rest for each in (self._err, self._out) if (rest := each.end())])

    def cases(self, end: Finished) -> list[Case]:
        """What became of every test. Expects that all output was fed."""
        cases: list[Case] = []
        over = False
        for index, test in enumerate(self._tests):
            frame = self._frames.get(index)
            if frame is not None and self._load_error is None:
                state, told = self._outcome(frame, test)
            elif over:
                state, told = "not_run", {}
            else:
                over = True
                state, told = self._broken_off(end)
            cases.append(self._case(index, test, state, told))
        return cases

    def _case(self, index: int, test: Given, state: State, told: dict[str, Any]) -> Case:
        hidden = index >= len(self._problem.tests)
        names = [parameter.name for parameter in self._problem.signature.parameters]
        args = ", ".join(
            f"{name} = {shown(arg)}" for name, arg in zip(names, test.args, strict=True)
        )
        expected = test.expected
        if self._problem.compare == "one-of":
            text = " or ".join(map(shown, expected))
        else:
            text = shown(expected)
        told = {"args": args, "expected": text, "printed": self._printed.get(index), **told}
        return case(index, state, hidden=hidden, **told)

    def _outcome(self, frame: dict[str, Any], test: Given) -> tuple[State, dict[str, Any]]:
        """The state of a test that was called, and what else there is to tell of it."""
        micros, peak = (_count(frame.get(name)) for name in ("t", "m"))
        told: dict[str, Any] = {
            "ms": None if micros is None else round(micros / 1000, 3),
            "memoryBytes": peak or None,
        }
        if "v" not in frame:
            error = _text(frame.get("e"))
            return ("memory" if frame.get("x") == "memory" else "error"), {**told, "error": error}
        told["got"] = shown(frame["v"])
        good = right(frame["v"], test.expected, self._problem.compare)
        return ("passed" if good else "wrong"), told

    def _broken_off(self, end: Finished) -> tuple[State, dict[str, Any]]:
        """The same for the test at which the program ended."""
        if self._load_error is not None:
            return "error", {"error": self._load_error}
        match end.verdict:
            case Verdict.TIMEOUT:
                return "timeout", {}
            case Verdict.MEMORY:
                return "memory", {}
            case Verdict.STOPPED | Verdict.FAILED:
                return "not_run", {}
            case Verdict.OUTPUT:
                return "error", {"error": end.message or "The program printed more than a run may."}
        how = f"by {end.signal}" if end.signal else f"with exit code {end.exit_code}"
        return "error", {"error": f"The program ended {how} before this test was over."}

    def _shown(self, found: list[str | Mark]) -> list[Output]:
        shown: list[Output] = []
        for each in found:
            if isinstance(each, Mark):
                self._take(each.text)
            elif self._at < len(self._problem.tests):
                shown.append(Output("stdout", each))
                before = self._printed.get(self._at, "")
                self._printed[self._at] = (before + each)[:SHOWN_CHARACTERS]
        return shown

    def _take(self, text: str) -> None:
        """A mark: a number ends the output of a test, an object tells what came of it."""
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(told, int):
            self._at = max(self._at, told + 1)
        elif isinstance(told, dict) and "load" in told:
            self._load_error = _text(told["load"])
        elif isinstance(told, dict) and isinstance(told.get("i"), int):
            self._frames.setdefault(told["i"], told)

    def _limited(self, limits: Limits) -> Limits:
        own, more = self._problem.limits, STARTUP_SECONDS[self._language]
        seconds = own.seconds
        wall, cpu = (limits.wall_seconds, limits.cpu_seconds)
        if seconds is not None:  # a busy machine takes longer than the program's own time
            wall, cpu = max(wall, 2 * seconds), seconds
        memory = own.memory_mib * MIB if own.memory_mib else limits.memory_bytes
        results = sum(2 * len(json.dumps(test.expected)) + FRAME_BYTES for test in self._tests)
        return replace(
            limits,
            wall_seconds=wall + more,
            cpu_seconds=cpu + more,
            memory_bytes=memory,
            output_bytes=limits.output_bytes + results,
        )


def _count(value: object) -> int | None:
    """A number of microseconds or bytes that a database takes."""
    return value if type(value) is int and 0 <= value < 2**53 else None


def _text(value: object) -> str:
    text = value if isinstance(value, str) else "The program told no error."
    return text.encode(errors="replace").decode()[:LONGEST_ERROR]
