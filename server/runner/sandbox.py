"""The runner of one machine: every run in a bubblewrap sandbox of its own, or not at all."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from server.errors import RunnerOff
from server.runner import seccomp
from server.runner.base import (
    Finished,
    Job,
    Language,
    Limits,
    Output,
    UnknownLanguage,
    Verdict,
)
from server.runner.jail import Jail
from server.runner.languages import RECIPES, Interpreter, Recipe
from server.runner.live import Place, SandboxRun

CONCURRENT: Final = 4
"""Runs at once; more wait their turn."""

MOST_CONCURRENT: Final = 256
"""User ids that one server sets aside for its runs."""

PROBE_SECONDS: Final = 30.0
"""For a JVM to say hello on a busy machine."""

_SERVER: Final = Path(__file__).parents[2]

_ADVICE: Final = (
    (("Unknown option",), "bubblewrap 0.7 or newer is needed"),
    (
        ("namespace", "uid map", "Operation not permitted"),
        "user namespaces are forbidden here. On the machine itself set the sysctl "
        "kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0; "
        "a container needs --security-opt seccomp=unconfined --security-opt "
        "apparmor=unconfined --security-opt systempaths=unconfined, and as root also "
        "--cap-add SYS_ADMIN",
    ),
    (
        ("mount proc",),
        "/proc cannot be mounted; a container needs --security-opt systempaths=unconfined",
    ),
)


class Sandbox:
    """See `base.Runner`. `await open()` finds out what works; until then it is off.

    `limits` hold for jobs that bring none. `hidden`: folders no program may see even if they lie
    in a system folder, such as that of the server's data; its own code always is.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        concurrent: int = CONCURRENT,
        hidden: Iterable[Path] = (),
    ) -> None:
        self.limits = limits or Limits()
        self._hidden = (*hidden, _SERVER)
        self._slots: asyncio.Queue[int] = asyncio.Queue()
        for slot in range(min(concurrent, MOST_CONCURRENT)):
            self._slots.put_nowait(slot)
        self._lookers = ThreadPoolExecutor(1, thread_name_prefix="run-looker")
        self._place: Place | None = None
        self._reason: str | None = "The sandbox has not been started."
        self._found: dict[str, tuple[Recipe, Interpreter]] = {}
        self._runs: set[SandboxRun] = set()
        self._compilers: asyncio.Task[list[str]] | None = None

    @property
    def reason(self) -> str | None:
        return self._reason

    def languages(self) -> Sequence[Language]:
        languages = [recipe.language for recipe in RECIPES]
        return [language for language in languages if language.id in self._found]

    async def settle(self) -> None:
        if self._compilers is not None:
            await self._compilers

    async def open(self) -> None:
        """Runs a hello in every language that is installed; never raises for what is missing:
        `reason` and `languages()` tell. Compilers take seconds where the others take one, and
        join later unless there is nothing else."""
        try:
            if not seccomp.supported():
                raise RunnerOff(f"No system call filter is known for {os.uname().machine}.")
            self._place = Place(Jail(self._hidden), self._slots, self._lookers)
        except RunnerOff as off:
            self._reason = off.message
            return
        place = self._place
        reasons = await self._find(place, [each for each in RECIPES if not each.compiled])
        compilers = [each for each in RECIPES if each.compiled]
        self._compilers = asyncio.create_task(self._find(place, compilers), name="compilers")
        if not self._found:
            reasons += await self._compilers
        self._reason = None if self._found else next(iter(reasons), _nothing_installed())

    def start(self, job: Job) -> SandboxRun:
        if self._place is None or self._reason is not None:
            raise RunnerOff(self._reason)
        if job.language not in self._found:
            raise UnknownLanguage
        recipe, interpreter = self._found[job.language]
        if job.repl and not recipe.language.repl:
            raise UnknownLanguage
        return self._begin(self._place, recipe, interpreter, job, job.limits or self.limits)

    async def close(self) -> None:
        self._reason = "The server is stopping."
        if self._compilers is not None:
            self._compilers.cancel()
        runs = list(self._runs)
        for run in runs:
            run.stop()
        await asyncio.gather(*(run.task for run in runs), return_exceptions=True)
        self._lookers.shutdown(wait=False)

    def _begin(
        self, place: Place, recipe: Recipe, interpreter: Interpreter, job: Job, limits: Limits
    ) -> SandboxRun:
        run = SandboxRun(place, recipe, interpreter, job, limits)
        self._runs.add(run)
        run.task.add_done_callback(lambda _: self._runs.discard(run))
        return run

    async def _find(self, place: Place, recipes: Sequence[Recipe]) -> list[str]:
        """Notes which of them work; returns why those did not whose sandbox failed."""
        probes = await asyncio.gather(*(self._probe(place, recipe) for recipe in recipes))
        for recipe, (interpreter, _) in zip(recipes, probes, strict=True):
            if interpreter is not None:
                self._found[recipe.language.id] = (recipe, interpreter)
        return [why for _, why in probes if why]

    async def _probe(self, place: Place, recipe: Recipe) -> tuple[Interpreter | None, str]:
        """The first interpreter that works, else None and why the sandbox did not."""
        path = recipe.language.path
        job = Job(recipe.language.id, {path: recipe.hello}, path)
        limits = replace(self.limits, wall_seconds=PROBE_SECONDS, cpu_seconds=PROBE_SECONDS)
        why = ""
        for interpreter in dict.fromkeys(recipe.find()):
            if not os.access(interpreter.executable, os.X_OK):
                continue
            run = self._begin(place, recipe, interpreter, job, limits)
            events = [event async for event in run.events()]
            printed = "".join(event.text for event in events if isinstance(event, Output))
            match events[-1]:
                case Finished(Verdict.OK) if printed == "hello\n":
                    return interpreter, ""
                case Finished(Verdict.FAILED, message=message):
                    why = why or _explain(message)
        return None, why


def _explain(message: str) -> str:
    """What bubblewrap said, with what to do about it where that is known."""
    for marks, advice in _ADVICE:
        if any(mark in message for mark in marks):
            return f"The sandbox cannot start ({message}): {advice}."
    return f"The sandbox cannot start: {message}."


def _nothing_installed() -> str:
    names = ", ".join(recipe.language.label for recipe in RECIPES)
    return f"None of these is installed where programs can be run: {names}."
