"""A database of the tests' own, which they may kill: what DB_URL points to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.helpers.server import wait_until

LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class DatabaseProcess:
    """The same program as the embedded database, but nobody starts it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "db.log"
        self._port = "0"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/?directConnection=true"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> DatabaseProcess:
        """Returns when it listens: the first time on a free port, then on the same."""
        config = self._folder / "db.toml"
        config.write_text("")
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, Path(sys.executable).with_name("secantusd-py")),
                    *("--port", self._port, "--sync-on-commit"),
                    *("--storage-path", self._folder / "db", "--config", config),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(self._listens, "the database to listen")
        return self

    def kill(self) -> None:
        """As a power cut would; what was acknowledged is there after the next start."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        assert self._process is not None
        said = self._log.read_text(errors="replace")
        assert self._process.poll() is None, said
        if found := LISTENING.search(said):
            self._port = found[1]
        return found is not None
