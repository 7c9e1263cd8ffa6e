"""The rules of `crdt` are all tried, both ways of every branch, by the package's own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers.server import ROOT


def test_the_tests_of_crdt_take_every_branch_of_it(tmp_path: Path) -> None:
    """They run once more under coverage, with few examples of each property and without the
    long traces."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "COVERAGE_FILE": str(tmp_path / "coverage"),
        "CRDT_EXAMPLES": "10",
    }
    run = ["-m", "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run += ["-p", "no:schemathesis", "tests/crdt", "--ignore=tests/crdt/test_traces.py"]
    report = ["-m", "coverage", "report", "--fail-under=100", "--show-missing", "--skip-covered"]
    for command in (run, report):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
