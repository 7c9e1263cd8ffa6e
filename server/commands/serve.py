"""`interview serve`: the server and everything it needs."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TextIO

import structlog

from server import VERSION
from server.backends import Part, refuse_contradictions
from server.commands.terminal import BOLD, DIM, GREEN, YELLOW, Row, Style, lines_of
from server.errors import StartupError
from server.logs import configure_logs
from server.processes.serving import Serving, loop_factory
from server.processes.supervisor import Supervisor
from server.settings import Settings, load_settings

log = structlog.stdlib.get_logger(__name__)


def run(_arguments: argparse.Namespace) -> int:
    """Serves until it is told to stop. Raises StartupError when it cannot start."""
    settings = load_settings()
    configure_logs(settings)
    refuse_contradictions(settings)
    several = settings.web_concurrency > 1
    if several and sys.platform == "win32":
        raise StartupError("WEB_CONCURRENCY above 1 is not possible on Windows: leave it at 1.")
    # a supervisor only waits: for that Python's own loop is as good and does without a library
    loops = None if several else loop_factory
    try:
        with _bound(settings) as listener, asyncio.Runner(loop_factory=loops) as runner:
            runner.run(_supervise(settings, listener) if several else _serve(settings, listener))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass  # told to stop while still starting
    return 0


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


async def _serve(settings: Settings, listener: socket.socket) -> None:
    """In this process."""
    from server.app import create_app  # a supervisor needs none of it

    app = create_app(settings)
    if hasattr(signal, "SIGHUP") and not sys.stdin.isatty():  # else the terminal was closed
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _refuse_to_roll)
    await Serving(app, settings, listener).run(
        lambda: _print_table(settings, listener, app.state.parts)
    )


def _refuse_to_roll() -> None:
    log.warning(
        "one process alone is not restarted by SIGHUP: end it and start it again, or set "
        "WEB_CONCURRENCY to more"
    )


async def _supervise(settings: Settings, listener: socket.socket) -> None:
    """In processes of their own, which this one watches over."""
    await Supervisor(settings, listener, partial(_print_table, settings, listener)).run()


def _print_table(settings: Settings, listener: socket.socket, parts: Sequence[Part]) -> None:
    sys.stdout.write(table(settings, parts, address_of(settings, listener), sys.stdout))
    sys.stdout.flush()


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
