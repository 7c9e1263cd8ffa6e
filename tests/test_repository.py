"""The repository as a newcomer and a platform get it: locks, Procfile, Makefile, LICENSE."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [*sorted(ROOT.glob("requirements*.txt")), ROOT / "web" / "package-lock.json"]
PYTHON_LOCKS = [lock for lock in LOCKS if lock.suffix == ".txt"]
BINARY = {".png", ".ico", ".woff2", ".gz", ".svg", ".webp"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def requirements(lock: Path) -> list[str]:
    """Each requirement of a Python lock as one line."""
    lines = lock.read_text().replace("\\\n", "").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def targets() -> list[str]:
    text = (ROOT / "Makefile").read_text()
    declared = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert declared
    return declared[1].split()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_name_no_package_index(lock: Path) -> None:
    text = lock.read_text()
    assert '"resolved": "http' not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|file:", text)
    if lock in PYTHON_LOCKS:
        assert "://" not in text


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda lock: lock.name)
def test_python_locks_pin_every_package_with_hashes(lock: Path) -> None:
    entries = requirements(lock)
    assert entries
    for entry in entries:
        assert re.fullmatch(
            r"[a-z0-9._-]+==[^=\s]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]+)+", entry
        )


def test_tests_run_the_versions_that_are_deployed() -> None:
    deployed, tested = (
        {entry.split()[0] for entry in requirements(ROOT / name)}
        for name in ("requirements.txt", "requirements-test.txt")
    )
    assert deployed <= tested


def test_locks_hold_what_pyproject_asks_for() -> None:
    """Offline: every name asked for is pinned in the lock it belongs to."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    runtime = project["project"]["dependencies"] + extras["embedded"]
    runtime += project["build-system"]["requires"]
    wanted = {
        "requirements.txt": runtime,
        "requirements-test.txt": runtime + extras["test"] + extras["check"],
        "requirements-node.txt": extras["node"],
    }
    for lock, listed in wanted.items():
        pinned = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        asked = {re.split(r"[^a-zA-Z0-9._-]", requirement)[0] for requirement in listed}
        assert {name.lower() for name in asked} <= pinned, lock


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    of_a_machine = re.compile(
        rf"{re.escape(str(ROOT))}|/(?:home|Users)/[A-Za-z]+/|/(?:tmp|opt)/(?:brief|pypi|wheels)"
    )
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in tracked()
        if (match := of_a_machine.search(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_no_file_has_carriage_returns() -> None:
    assert [str(path) for path in tracked() if b"\r\n" in path.read_bytes()] == []


def test_every_make_target_is_told_by_make_help() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make ([a-z-]+) +\S", told.stdout, re.MULTILINE)
    assert sorted(listed) == sorted(targets())


def test_make_alone_lists_the_commands() -> None:
    alone = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "make run" in alone.stdout


def test_every_command_of_the_procfile_exists() -> None:
    for line in (ROOT / "Procfile").read_text().splitlines():
        process, command = line.split(": ", 1)
        assert re.fullmatch(r"[a-z]+", process)
        words = shlex.split(command)
        given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
        program, *arguments = [word for word in words if not re.match(r"[A-Z_]+=", word)]
        assert program == "python"  # of the platform, which installs no script of ours
        asked = subprocess.run(
            [sys.executable, *arguments, "--help"],
            cwd=ROOT,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        assert "usage" in asked.stdout.lower()


def test_the_procfile_has_only_what_runs_as_it_is() -> None:
    """`interview worker` needs DB_URL, and foreman ends all when one process ends."""
    assert re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.MULTILINE) == ["web"]


def test_ci_runs_make_test_and_nothing_more() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    assert lines[:2] == ["#!/usr/bin/env bash", "set -euo pipefail"]
    assert lines[-1] == "exec make test"


def test_the_licence_is_mit() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
