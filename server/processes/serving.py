"""One server process: the app on uvicorn, from its start until somebody tells it to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.http import BoundedHttp, NearestHop
from server.rooms.fast import RoomProtocol
from server.settings import Settings

WEBSOCKET_BYTES: Final = 4 * 1024 * 1024
"""Above crdt's own cap, which answers with a code of ours."""

IDLE_SECONDS: Final = 75
"""How long a connection may wait for its next request: longer than a proxy in front keeps one (60 s
in deploy/nginx.conf), or now and then a request meets a connection that is just being closed, and
what is not safe to repeat is answered with 502."""

GRACEFUL_SECONDS: Final = 5
"""For requests that are being answered when we are told to stop."""

STOP_SECONDS: Final = 20.0
"""What a process takes to stop at most: requests, then rooms, then the journal have 5 s each, and
what else there is to end takes less than the rest. Far under one second where nothing hangs."""


def loop_factory() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


class _Server(uvicorn.Server):
    """Uvicorn, but it tells when it listens, and leaves signals to `Serving`: they must also be
    heard while the parts around it start and stop."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class Serving:
    """An app that serves on a socket. SIGINT and SIGTERM stop it."""

    def __init__(self, app: Starlette, settings: Settings, listener: socket.socket) -> None:
        self._app, self._settings, self._listener = app, settings, listener
        self._server: _Server | None = None
        self._starting: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Ends `run` in an orderly way; told twice, without waiting for requests."""
        if self._server is not None:
            self._server.force_exit = self._server.should_exit
            self._server.should_exit = True
        elif self._starting is not None:
            self._starting.cancel()

    async def run(self, on_listening: Callable[[], None]) -> None:
        """Serves until it is told to stop. `on_listening` is called once, when people can come.

        Raises StartupError; CancelledError when it was told to stop while still starting.
        """
        self._starting = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        async with self._app.router.lifespan_context(self._app):
            self._server = _Server(_config(self._app, self._settings), on_listening)
            _quiet_collector()
            await self._server.serve([self._listener])


def _quiet_collector() -> None:
    """What is there by now stays for good: looking through it again and again for cycles would
    only hold up edits, and those make none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    proxies = list(settings.trusted_proxies)
    proxied: Any = ProxyHeadersMiddleware(app, proxies)
    return uvicorn.Config(
        NearestHop(proxied) if proxies == ["*"] else proxied,
        lifespan="off",  # `Serving` runs it, so that what it raises reaches the terminal in words
        ws=RoomProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_per_message_deflate=False,
        http=BoundedHttp,
        log_config=None,
        access_log=False,  # RequestLog writes one without query strings
        server_header=False,
        proxy_headers=False,  # done above
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        workers=1,  # or it would read WEB_CONCURRENCY by itself
    )
