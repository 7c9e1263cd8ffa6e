"""The real server as a child process, on a free port, with data of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import IO

import httpx

from server.settings import Settings, variable

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0  # how long a loaded machine may take before something is wrong
STOP_SECONDS = 30.0
ADDRESS = re.compile(r"(?:open +http://localhost|running on http://127\.0\.0\.1):(\d+)")

SERVE = ("-m", "server.cli", "serve")
PLAIN_ASGI = (
    *("-m", "uvicorn", "server.asgi:app", "--port", "{port}", "--ws", "websockets-sansio"),
    *("--ws-max-size", str(4 * 1024 * 1024), "--ws-per-message-deflate", "false"),
)


def wait_until(met: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    """Returns as soon as the condition holds; fails with `what` if it never does."""
    give_up = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < give_up, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def environment(**settings: str) -> dict[str, str]:
    """Ours without any setting of the person who runs the tests, and with these instead."""
    ours = {variable(row) for row in fields(Settings)}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    fixed = {
        "PYTHONPATH": str(ROOT),
        "PROBLEMS_FILE": str(ROOT / "problems.yaml"),
        "WEB_DIR": str(ROOT / "web/dist"),
        "PORT": "0",
        "RATE_LIMITS": "off",  # tests make many accounts from one address
    }
    return kept | fixed | settings


class ServerProcess:
    """`interview serve` with its data in `folder`/data; or the app on a server that has no fast
    path (`PLAIN_ASGI`).

    Start again after `kill` or `stop` and it is on the same port with the same data.
    """

    def __init__(self, folder: Path, program: tuple[str, ...] = SERVE, /, **settings: str) -> None:
        self.folder = folder
        self._program = program
        self.data_dir = folder / "data"
        self.log_path = folder / "server.log"
        self._settings = {"DATA_DIR": str(self.data_dir), **settings}
        self._port = settings.get("PORT", "0")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written since it was started, table and log."""
        return self.log_path.read_text(errors="replace")

    def start(self) -> ServerProcess:
        """Returns when /ready says that every part works."""
        self.spawn()
        self.wait_ready()
        return self

    def spawn(self, stdin: IO[bytes] | int = subprocess.DEVNULL) -> None:
        """Starts the process and does not wait for anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *(part.format(port=self._port) for part in self._program)],
                cwd=self.folder,
                env=environment(**self._settings | {"PORT": self._port}),
                stdin=stdin,
                stdout=output,
                stderr=output,
            )

    def wait_ready(self) -> None:
        wait_until(lambda: self._found_port() or self._ended(), "the server to listen")
        assert not self._ended(), self.output
        wait_until(self.is_ready, "/ready")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a power cut would: no time to do anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code."""
        return self._end(signal.SIGINT)

    def wait(self) -> int:
        """The exit code, once it ends by itself."""
        assert self._process is not None
        return self._process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Ends it, whatever state it is in."""
        if self._process and not self._ended():
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(STOP_SECONDS)

    def _ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _found_port(self) -> bool:
        if found := ADDRESS.search(self.output):
            self._port = found[1]
        return found is not None
