"""The `interview` command."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import uvicorn

from server import VERSION
from server.app import Part, create_app
from server.errors import StartupError
from server.http import BoundedHttp
from server.logs import configure_logs
from server.rooms.fast import RoomProtocol
from server.settings import Settings, SettingsError, load_settings

WEBSOCKET_BYTES = 4 * 1024 * 1024  # above crdt's own cap, which answers with a code of ours
GRACEFUL_SECONDS = 5  # for requests that are being answered when we are told to stop

BOLD, DIM, GREEN, YELLOW = "1", "2", "32", "33"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns 0, or 2 when something has to be set right first."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        settings = load_settings()
        configure_logs(settings)
        with _bound(settings) as listener, asyncio.Runner(loop_factory=_loop_factory) as runner:
            runner.run(_serve(settings, listener))
    except SettingsError as error:
        return _refuse(*error.problems)
    except StartupError as error:
        return _refuse(str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass  # told to stop while still starting
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interview",
        description="Live technical interviews on your own server.",
        epilog="Settings come from the environment and .env; .env.example lists them all.",
    )
    parser.add_argument("--version", action="version", version=f"interview-room {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="start the server and everything it needs")
    return parser


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        sys.stderr.write(f"interview: {sentence}\n")
    return 2


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
    return uvicorn.Config(
        app,
        lifespan="off",  # `_serve` runs it, so that what it raises reaches the terminal in words
        ws=RoomProtocol,
        ws_max_size=WEBSOCKET_BYTES,
        ws_per_message_deflate=False,
        http=BoundedHttp,
        log_config=None,
        access_log=False,  # RequestLog writes one without query strings
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
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
    colour = stream.isatty() and "NO_COLOR" not in os.environ

    def styled(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour and text else text

    name_width = max(len(part.name) for part in parts)
    what_width = max(len(part.what) for part in parts)
    lines = ["", styled(f"Interview Room {VERSION}", BOLD), ""]
    for part in parts:
        state = styled("on ", GREEN) if part.on else styled("off", YELLOW)
        row = f"  {part.name:<{name_width}}  {state}  {part.what:<{what_width}}"
        lines.append(f"{row}  {styled(part.setting, DIM)}".rstrip())
    data = str(settings.data_dir.resolve())
    lines += ["", f"  {'data':<{name_width}}  {data}  {styled('DATA_DIR', DIM)}"]
    lines += [f"  {'open':<{name_width}}  {styled(address, BOLD)}", "", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
