"""Stock Yjs clients in a Node process (`tests/interop/*.mjs`), told what to do by a test."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.helpers.server import ROOT

SCRIPT = ROOT / "tests/interop/stock.mjs"
TRACES = Path(os.environ.get("TRACES") or ROOT.parent / "shared/traces")
"""Where real typing is, which is not part of the project; the environment may say it."""

ANSWER_SECONDS = 120.0


class StockClients:
    """One Node process with stock clients that replay a trace.

    ``says()`` gives what it prints, line by line, and fails with its own words when it does.
    """

    def __init__(self, script: Path = SCRIPT, **config: Any) -> None:
        self._process = subprocess.Popen(
            ["node", str(script), json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._collect, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def says(self) -> Iterator[dict[str, Any]]:
        """Its lines until it ends."""
        while (line := self._lines.get(timeout=ANSWER_SECONDS)) is not None:
            said: dict[str, Any] = json.loads(line)
            assert "failed" not in said, said["failed"]
            yield said

    def until(self, key: str) -> dict[str, Any]:
        """The next line that has ``key``."""
        for said in self.says():
            if key in said:
                return said
        raise AssertionError(f"the stock clients ended without saying {key!r}")

    def tell(self, word: str) -> None:
        """Send one line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def send(self, **message: Any) -> None:
        """`tell` it something as JSON."""
        self.tell(json.dumps(message))

    def _collect(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def trace(name: str) -> Path:
    """The file of a typing trace; it need not be there."""
    return TRACES / f"{name}.json.gz"
