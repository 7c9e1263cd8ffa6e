"""The runner that has Piston run the programs, on a machine of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from server.errors import RunnerOff
from server.runner.base import Job, Language, Limits, UnknownLanguage
from server.runner.piston.client import Client, PistonError
from server.runner.piston.request import Caps
from server.runner.piston.run import PistonRun, Place
from server.runner.piston.runtimes import KNOWN, Runtime, chosen

REFRESH_SECONDS: Final = 60.0
"""Until a package that was installed at Piston is found, or a Piston that came back."""

NOTHING: Final = "Piston has none of our languages: install packages there, by POST /packages."


class PistonRunner:
    """See `base.Runner`. `await open()` asks what there is; from then on it is asked again.

    `limits` hold for jobs that bring none; Piston's own are lower where it says so.
    """

    def __init__(
        self,
        url: str,
        authorization: str = "",
        limits: Limits | None = None,
        *,
        concurrent: int = 4,
        refresh_seconds: float = REFRESH_SECONDS,
    ) -> None:
        self.limits = limits or Limits()
        self._refresh_seconds = refresh_seconds
        client = Client(url, authorization)
        self._place = Place(client, asyncio.Semaphore(concurrent), Caps())
        self._reason: str | None = "Piston has not been asked yet."
        self._found: dict[str, Runtime] = {}
        self._runs: set[PistonRun] = set()
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def reason(self) -> str | None:
        return self._reason

    def languages(self) -> Sequence[Language]:
        return [KNOWN[id_].language for id_ in self._found]

    async def open(self) -> None:
        """Never raises for what is missing: `reason` and `languages()` tell."""
        await self._ask()
        self._refreshing = asyncio.create_task(self._refresh())

    async def settle(self) -> None:
        """`open` has asked for everything."""

    def start(self, job: Job) -> PistonRun:
        if self._reason is not None:
            raise RunnerOff(self._reason)
        if job.language not in self._found:
            raise UnknownLanguage
        run = PistonRun(self._place, self._found[job.language], job, job.limits or self.limits)
        self._runs.add(run)
        run.task.add_done_callback(lambda _: self._runs.discard(run))
        return run

    async def close(self) -> None:
        self._reason = "The server is stopping."
        runs = list(self._runs)
        for run in runs:
            run.stop()
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
        await asyncio.gather(*(run.task for run in runs), return_exceptions=True)
        await self._place.client.close()

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_seconds)
            await self._ask()

    async def _ask(self) -> None:
        try:
            self._place.socket = True  # unless the next run finds none
            self._found = chosen(await self._place.client.runtimes())
            self._reason = None if self._found else NOTHING
        except PistonError as error:
            told = str(error)
            self._found = {}
            self._reason = f"{told[:1].upper()}{told[1:]}."
        if self._reason is None and self._place.caps.modern is None:
            await self._find_out_age()

    async def _find_out_age(self) -> None:
        """An old Piston and a new one give the same version; only a run tells."""
        runtime = self._found.get("python") or next(iter(self._found.values()))
        body = {
            "language": runtime.language,
            "version": runtime.version,
            "files": [{"name": "main", "content": ""}],
        }
        with suppress(PistonError):
            reply = await self._place.client.execute(body, 30.0)
            self._place.caps.modern = reply.run.modern
