"""`interview serve`: the server and everything it needs."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server import VERSION
from server.app import create_app
from server.backends import Part
from server.commands.terminal import BOLD, DIM, GREEN, YELLOW, Row, Style, lines_of
from server.errors import StartupError
from server.http import BoundedHttp, NearestHop
from server.logs import configure_logs
from server.rooms.fast import RoomProtocol
from server.settings import Settings, load_settings

WEBSOCKET_BYTES = 4 * 1024 * 1024  # above crdt's own cap, which answers with a code of ours
GRACEFUL_SECONDS = 5  # for requests that are being answered when we are told to stop


def run(_arguments: argparse.Namespace) -> int:
    """Serves until it is told to stop. Raises StartupError when it cannot start."""
    settings = load_settings()
    configure_logs(settings)
    try:
        with _bound(settings) as listener, asyncio.Runner(loop_factory=_loop_factory) as runner:
            runner.run(_serve(settings, listener))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass  # told to stop while still starting
    return 0


def _loop_factory() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """The socket to listen on, taken before anything else starts. Raises StartupError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartupError(
                f"Cannot listen on {settings.host}, port {settings.port} ({reason}): "
                "stop what uses it, or set PORT and HOST to others."
            ) from error
        yield listener


class _Server(uvicorn.Server):
    """Uvicorn, but it says so when it listens, and leaves signals to `_serve`: they must also
    be heard while the parts around it start and stop."""

    def __init__(self, config: uvicorn.Config, banner: str) -> None:
        super().__init__(config)
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._banner)
        sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def _serve(settings: Settings, listener: socket.socket) -> None:
    app = create_app(settings)
    starting = asyncio.current_task()
    server: _Server | None = None

    def stop() -> None:
        if server is None and starting:
            starting.cancel()
        elif server:
            server.force_exit = server.should_exit  # told twice: do not wait for requests
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with app.router.lifespan_context(app):
        banner = table(settings, app.state.parts, address_of(settings, listener), sys.stdout)
        server = _Server(_config(app, settings), banner)
        _quiet_collector()
        await server.serve([listener])


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
        lifespan="off",  # `_serve` runs it, so that what it raises reaches the terminal in words
        ws=RoomProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_per_message_deflate=False,
        http=BoundedHttp,
        log_config=None,
        access_log=False,  # RequestLog writes one without query strings
        server_header=False,
        proxy_headers=False,  # done above
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def address_of(settings: Settings, listener: socket.socket) -> str:
    """Where people find the server."""
    if settings.public_url:
        return settings.public_url
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::", "127.0.0.1", "::1"):  # noqa: S104 - compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def table(settings: Settings, parts: Sequence[Part], address: str, stream: TextIO) -> str:
    """What is on and what is not, a row each, and where the server is."""
    style = Style(stream)
    rows = [
        Row(part.name, "on", GREEN, part.what, part.setting)
        if part.on
        else Row(part.name, "off", YELLOW, part.what, part.setting)
        for part in parts
    ]
    width = max(len(part.name) for part in parts)
    data = str(settings.data_dir.resolve())
    lines = ["", style(f"Interview Room {VERSION}", BOLD), "", *lines_of(rows, style)]
    lines += ["", f"  {'data':<{width}}  {data}  {style('DATA_DIR', DIM)}"]
    lines += [f"  {'open':<{width}}  {style(address, BOLD)}", "", ""]
    return "\n".join(lines)
