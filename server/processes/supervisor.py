"""The supervisor: starts the workers, watches over them, and replaces them one by one.

It carries nothing itself. All workers listen on one socket that it took before, so nobody is
refused while one of them is replaced, and the embedded database is its child, not theirs.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import structlog

from server.backends import Part, make_folder, refuse_contradictions, shared_database
from server.errors import StartupError
from server.problems import load_problems
from server.processes.child import Child, told
from server.processes.figures import Watched
from server.processes.link import Ask, Welcome
from server.settings import Settings
from server.stopping import stop

START_SECONDS: Final = 120.0
"""How long one that is to replace another may take until it listens, and until all of it works."""

BACKOFF_SECONDS: Final = (0.1, 5.0)
"""First and longest wait before a worker that ended is started again."""

STEADY_SECONDS: Final = 30.0
"""A worker that lived as long did not end because of how it was started."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Slot:
    """One of the workers: the process that is it now, or was until it ended."""

    number: int
    child: Child
    began: float = field(default_factory=time.monotonic)
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while its next process starts: after a crash and by a rolling restart, not by both."""


class Supervisor:
    """`await run()` serves with as many workers as WEB_CONCURRENCY says until told to stop."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        on_listening: Callable[[Sequence[Part]], None],
    ) -> None:
        """`on_listening` is called once, when all listen, with what is on."""
        self._settings, self._listener, self._on_listening = settings, listener, on_listening
        self._database = ""
        self._children: set[Child] = set()
        self._slots: dict[int, Slot] = {}
        self._figures = Watched()
        self._answers: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._rolling = asyncio.Event()

    async def run(self) -> None:
        """Raises StartupError; CancelledError when told to stop while still starting."""
        self._starting = asyncio.current_task()
        self._listen_to_signals()
        refuse_contradictions(self._settings)
        make_folder(self._settings)
        load_problems(self._settings.problems_file)  # as a worker does, before the database starts
        async with AsyncExitStack() as stack:
            self._database = await shared_database(self._settings, stack)
            stack.push_async_callback(self._end_all)
            parts = await self._start_all()
            self._starting = None
            self._on_listening([*parts, self._part()])
            await self._watch()

    def stop(self) -> None:
        """Ends `run` in an orderly way; told twice, the workers do not wait for requests."""
        if self._stopping.is_set():
            for child in self._children:
                child.tell_to_stop()
        elif self._starting is not None:
            self._starting.cancel()
        self._stopping.set()

    def restart(self) -> None:
        """Replaces the workers one by one."""
        self._rolling.set()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        # a terminal that was closed says the same as who wants a restart
        hung_up = self.stop if sys.stdin is not None and sys.stdin.isatty() else self.restart
        loop.add_signal_handler(signal.SIGHUP, hung_up)

    def _part(self) -> Part:
        count = self._settings.web_concurrency
        return Part("workers", True, f"{count} processes share the rooms", "WEB_CONCURRENCY")

    # -- starting and ending ---------------------------------------------------------------

    async def _start_all(self) -> list[Part]:
        """The first alone: it makes what all of them use, and refuses in the place of all."""
        parts = await self._add(1)
        others = range(2, self._settings.web_concurrency + 1)
        await asyncio.gather(*(self._add(number) for number in others))
        return parts

    async def _add(self, number: int) -> list[Part]:
        child = await self._started(number)
        self._slots[number] = Slot(number, child)
        return await child.listening()

    async def _started(self, number: int) -> Child:
        """A new process that takes connections. Raises StartupError, and then there is none."""
        welcome = Welcome(number, self._settings.web_concurrency, self._database)
        child = await Child.start(welcome, self._listener, self._wants_figures)
        self._children.add(child)
        try:
            # the first start may take long: what a crash left is filed then
            async with asyncio.timeout(None if self._starting else START_SECONDS):
                await child.listening()
        except TimeoutError:
            await self._end(child)
            raise StartupError(
                f"Worker {number} did not start within {START_SECONDS:g} s."
            ) from None
        except StartupError:
            await self._end(child)
            raise
        self._figures.starts.labels(str(number)).inc()
        return child

    async def _end(self, child: Child) -> None:
        await child.end()
        self._children.discard(child)

    async def _end_all(self) -> None:
        self._stopping.set()
        await stop(*self._answers)
        await asyncio.gather(*(self._end(child) for child in [*self._children]))

    # -- watching --------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Until told to stop. Raises StartupError when no worker is left and none can be."""
        tasks = [asyncio.create_task(self._keep(slot)) for slot in self._slots.values()]
        tasks.append(asyncio.create_task(self._roll_forever()))
        told_to_stop = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait(
                [*tasks, told_to_stop], return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            await stop(*tasks, told_to_stop)

    async def _keep(self, slot: Slot) -> None:
        """Starts a worker again whenever it ends."""
        first, longest = BACKOFF_SECONDS
        wait = first
        while True:
            child = slot.child
            code = await child.ended()
            async with slot.changing:  # while it was being replaced its end is not waited for
                if slot.child is not child:
                    continue
            self._children.discard(child)
            if time.monotonic() - slot.began > STEADY_SECONDS:
                wait = first
            log.error(
                "a worker ended; starting it again",
                worker=slot.number, how=told(code), seconds=wait,
            )  # fmt: skip
            await asyncio.sleep(wait)
            wait = min(2 * wait, longest)
            async with slot.changing:
                if slot.child is child:
                    await self._revive(slot)

    async def _revive(self, slot: Slot) -> None:
        try:
            child = await self._started(slot.number)
        except StartupError as error:
            if not any(other.child.serves for other in self._slots.values()):
                raise  # as one process alone would, and whoever started us decides what then
            log.error("a worker does not start", worker=slot.number, reason=str(error))
            return
        slot.child, slot.began = child, time.monotonic()
        log.info("a worker is back", worker=slot.number, pid=child.pid)

    async def _roll_forever(self) -> None:
        while True:
            await self._rolling.wait()
            self._rolling.clear()  # asked for once more meanwhile: once more after this
            log.info("replacing the workers one by one")
            began = time.monotonic()
            for slot in self._slots.values():
                if not await self._replace(slot):
                    break
            else:
                took = round(time.monotonic() - began, 1)
                log.info("all workers were replaced", seconds=took)

    async def _replace(self, slot: Slot) -> bool:
        """The next process of a worker, then the end of the one before. False when the new one
        does not come up: then the old one stays."""
        async with slot.changing:
            try:
                child = await self._started(slot.number)
                await self._ready(child)
            except StartupError as error:
                log.error(
                    "the new worker does not start; the old ones stay",
                    worker=slot.number, reason=str(error),
                )  # fmt: skip
                return False
            old, slot.child, slot.began = slot.child, child, time.monotonic()
        log.info("a worker was replaced", worker=slot.number, pid=child.pid)
        await self._end(old)
        return True

    async def _ready(self, child: Child) -> None:
        """Raises StartupError, and then the child has ended."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await child.ready()
        except TimeoutError:
            await self._end(child)
            raise StartupError(
                f"It listens, but not all of it works after {START_SECONDS:g} s; /ready tells what."
            ) from None
        except StartupError:
            await self._end(child)
            raise

    # -- figures ---------------------------------------------------------------------------

    def _wants_figures(self, child: Child, ask: Ask) -> None:
        task = asyncio.create_task(self._gather(child, ask))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _gather(self, child: Child, ask: Ask) -> None:
        slots = list(self._slots.values())
        texts = await asyncio.gather(*(slot.child.figures() for slot in slots))
        numbers = (slot.number for slot in slots)
        child.answer(ask, self._figures.all(dict(zip(numbers, texts, strict=True))))
