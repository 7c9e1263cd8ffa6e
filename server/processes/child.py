"""One worker process, as the supervisor sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

import structlog

from server.backends import Part
from server.errors import StartupError
from server.processes.link import Ask, Figures, Link, Listening, Ready, Refused, Welcome
from server.processes.serving import STOP_SECONDS

FIGURES_SECONDS: Final = 2.0
"""What a worker may take to send its figures; one that hangs must not take those of all away."""

Asked = Callable[["Child", Ask], None]

log = structlog.stdlib.get_logger(__name__)


class Child:
    """`await Child.start(…)`, then `listening` and `ready`; `end` leaves no process behind."""

    def __init__(
        self, number: int, process: asyncio.subprocess.Process, link: Link, asked: Asked
    ) -> None:
        self.number = number
        """Which of the workers it is, from 1."""
        self._asked = asked
        self._process, self._link = process, link
        self._told_to_stop = False
        loop = asyncio.get_running_loop()
        self._parts: asyncio.Future[list[Part]] = loop.create_future()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._gone = loop.create_task(self._hear(), name=f"worker-{number}")

    @classmethod
    async def start(cls, welcome: Welcome, listener: socket.socket, asked: Asked) -> Child:
        """Starts a process of its own, which loads the program and the settings anew. `asked`
        is called when it wants the figures of all."""
        ours, theirs = socket.socketpair()
        with theirs:
            # the path is ours, so that it is the same program whatever the current folder holds
            program = f"import sys; sys.path[:] = {sys.path!r}\n"
            program += "from server.processes.worker import main; main()"
            sockets = (listener.fileno(), theirs.fileno())
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", program, "interview-worker", str(welcome.number)),
                *(str(number) for number in (os.getpid(), *sockets)),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=sockets,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor to handle
            )
        link = await Link.over(ours)
        link.send(welcome)
        return cls(welcome.number, process, link, asked)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def serves(self) -> bool:
        """Whether it takes connections."""
        listening = self._parts.done() and self._parts.exception() is None
        return listening and not self._gone.done()

    async def listening(self) -> list[Part]:
        """What is on there, once it takes connections. Raises StartupError."""
        return await asyncio.shield(self._parts)

    async def ready(self) -> None:
        """Returns when every part of it works. Raises StartupError when it ends before."""
        await asyncio.shield(self._ready)

    async def ended(self) -> int:
        """Its exit code, or the signal that killed it below 0, once it has ended."""
        await asyncio.shield(self._gone)
        return await self._process.wait()

    async def figures(self) -> bytes | None:
        """Its figures, or None where they do not come soon."""
        return await self._link.ask(FIGURES_SECONDS) if self.serves else None

    def answer(self, ask: Ask, text: bytes) -> None:
        self._link.send(Figures(ask.id, text))

    def tell_to_stop(self) -> None:
        """Told twice, it does not wait for requests."""
        self._told_to_stop = True
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    async def end(self) -> None:
        """Tells it to stop, unless it was told before, waits, then kills."""
        if not self._told_to_stop:
            self.tell_to_stop()
        try:
            await asyncio.wait_for(self.ended(), STOP_SECONDS)
        except TimeoutError:
            log.error("a worker did not stop in time; killing it", worker=self.number)
            self._process.kill()
            await self.ended()

    async def _hear(self) -> None:
        """Until the process has ended."""
        reason = ""
        while (message := await self._link.receive()) is not None:
            match message:
                case Listening(parts):
                    self._parts.set_result(parts)
                case Ready():
                    self._ready.set_result(None)
                case Refused(reason):
                    pass
                case Ask():
                    self._asked(self, message)
        code = await self._process.wait()
        await self._link.close()
        error = StartupError(reason or f"Worker {self.number} ended ({told(code)}) as it started.")
        for waiting in (self._parts, self._ready):
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # nobody may be waiting any more


def told(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
