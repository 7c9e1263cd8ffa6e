"""A Redis of the tests' own, which they may kill: what REDIS_URL points to."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

from tests.helpers.server import wait_until


class RedisProcess:
    """Nothing is kept: after the next start it is empty, on the same port."""

    def __init__(self, folder: Path, *options: str) -> None:
        """`options`: further ones of redis-server's own."""
        self._folder = folder
        self._options = options
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> RedisProcess:
        """Returns when it takes connections."""
        with (self._folder / "redis.log").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *("redis-server", "--port", str(self._port), "--bind", "127.0.0.1"),
                    *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(self._listens, "Redis to listen")
        return self

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """It does nothing any more, and its sockets stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "redis.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


def free_port() -> int:
    """One that nobody has: Redis cannot choose by itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
