"""A worker: one of several processes that share the rooms, started by the supervisor."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from server.api.health import is_well, states_of
from server.api.services import Services
from server.app import create_app
from server.errors import ApiError, StartupError
from server.logs import configure_logs
from server.processes.link import Ask, Figures, Link, Listening, Ready, Refused, Welcome
from server.processes.serving import Serving, loop_factory
from server.settings import Settings, load_settings
from server.stopping import stop
from server.store.launch import end_with

REFUSED: Final = 2
FIGURES_SECONDS: Final = 3.0
"""What the supervisor may take to gather the figures of all; it gives up on each after 2 s."""

PROBE_SECONDS: Final = 0.1
"""How often a worker that listens looks whether every part works, until it does."""


def main() -> None:
    """`PARENT LISTENER LINK`: the supervisor's process id and two sockets that come from it."""
    parent, listener, end = map(int, sys.argv[-3:])
    end_with(parent)
    for descriptor in (listener, end):
        os.set_inheritable(descriptor, False)  # not for programs that are run
    code = 0
    with (
        suppress(asyncio.CancelledError, KeyboardInterrupt),  # told to stop while still starting
        socket.socket(fileno=listener) as listening,
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        code = runner.run(_work(listening, socket.socket(fileno=end)))
    sys.exit(code)


async def _work(listener: socket.socket, end: socket.socket) -> int:
    link = await Link.over(end)
    try:
        welcome = await link.receive()
        if not isinstance(welcome, Welcome):
            return os.EX_PROTOCOL  # the supervisor is gone already
        await _serve(welcome, link, listener)
    except StartupError as error:
        link.send(Refused(str(error)))
        return REFUSED
    except ApiError as error:
        link.send(Refused(error.message))
        return REFUSED
    finally:
        await link.close()
    return 0


async def _serve(welcome: Welcome, link: Link, listener: socket.socket) -> None:
    settings = _own(load_settings(), welcome)
    configure_logs(settings, worker=welcome.number)
    app = create_app(settings, welcome.database)
    serving = Serving(app, settings, listener)
    tasks: list[asyncio.Task[None]] = []

    def listening() -> None:
        services: Services = app.state.services
        services.metrics.share(welcome.number, partial(_of_all, services, link))
        link.send(Listening(app.state.parts))
        tasks.append(asyncio.create_task(_hear(link, services, serving), name="supervisor"))
        tasks.append(asyncio.create_task(_tell_when_ready(link, services), name="ready"))

    try:
        await serving.run(listening)
    finally:
        await stop(*tasks)


def _own(settings: Settings, welcome: Welcome) -> Settings:
    """What this worker may do of what all may do together."""
    runs, more = divmod(settings.runs_at_once, welcome.count)
    share = runs + (welcome.number <= more)
    return replace(settings, runs_at_once=max(1, share))


async def _hear(link: Link, services: Services, serving: Serving) -> None:
    while (message := await link.receive()) is not None:
        if isinstance(message, Ask):
            link.send(Figures(message.id, services.metrics.text()))
    serving.stop()  # the supervisor is gone, and with it whoever would start us again


async def _tell_when_ready(link: Link, services: Services) -> None:
    while True:
        if is_well(await states_of(services.probes)):
            link.send(Ready())
            return
        await asyncio.sleep(PROBE_SECONDS)


async def _of_all(services: Services, link: Link) -> bytes:
    """The figures of all workers, or at least our own."""
    gathered = await link.ask(FIGURES_SECONDS)
    return services.metrics.text() if gathered is None else gathered


if __name__ == "__main__":
    main()
