"""The `interview` command as people run it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.helpers.server import environment

Told = subprocess.CompletedProcess[str]


def interview(folder: Path, *arguments: str, says: str | None = None, **settings: str) -> Told:
    """Runs it in `folder`, with the data in `folder`/data; `says`: its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        cwd=folder,
        env=environment(**{"DATA_DIR": str(folder / "data"), **settings}),
        input=says if says is not None else "",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refused(run: Told) -> str:
    """What it says in refusing: sentences on stderr, no traceback."""
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert all(line.startswith("interview: ") for line in run.stderr.splitlines())
    return run.stderr
