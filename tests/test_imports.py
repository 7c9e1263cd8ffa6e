"""Imports point one way, and importing the server stays quick."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# what a folder or file may import of ours, beside itself
BASE = (
    *("crdt", "server.errors", "server.settings", "server.logs", "server.problems"),
    *("server.shared", "server.stopping"),
)
ALLOWED = {
    "crdt": (),
    "server.errors": ("crdt",),
    "server.settings": ("server.errors",),
    "server.logs": ("server.settings", "server.errors"),
    "server.problems": ("server.errors",),
    "server.shared": (),
    "server.stopping": (),
    "server.http": (),
    "server.auth": BASE,
    "server.store": (*BASE, "server.auth"),
    "server.bus": BASE,
    "server.runner": (*BASE, "server.bus"),
    "server.judging": (*BASE, "server.runner"),
    "server.media": BASE,
    "server.jobs": (
        *(*BASE, "server.auth", "server.store", "server.bus", "server.runner", "server.rooms"),
        *("server.media", "server.VERSION"),
    ),
    "server.rooms": (
        *(*BASE, "server.auth", "server.store", "server.bus", "server.runner"),
        "server.judging",
    ),
    "server.api": (
        *(*BASE, "server.VERSION", "server.auth", "server.store", "server.rooms"),
        "server.media",
    ),
    "server.backends": ("crdt", "server"),
    "server.composition": ("crdt", "server"),
    "server.app": ("crdt", "server"),
    "server.processes": ("crdt", "server"),
    "server.commands": ("crdt", "server"),
    "server.cli": ("server.VERSION", "server.errors", "server.settings"),
    "server.asgi": ("server.app", "server.settings"),
    "server": (),
}
BACKENDS = (
    *("server.bus.memory", "server.bus.redis"),
    *("server.store.embedded", "server.runner.sandbox"),
    "server.runner.piston.runner",
    *("server.media.builtin", "server.media.stream"),
)
SLOW = (
    "urllib3",
    "requests",
    "numpy",
    "secantus",
    "getstream",
    "stream_chat",
    "aiohttp",
    "pydantic",
    "svix",
    "inngest",
    "fastapi",
    "httpx",
)


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("crdt", "server"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[str]:
    """Every imported module or name of ours, as a dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def home(module: str) -> str:
    """The longest entry of ALLOWED that the module belongs to."""
    return max((entry for entry in ALLOWED if within(module, entry)), key=len)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value)[-40:])
def test_imports_point_one_way(module: str, path: Path) -> None:
    at = home(module)
    assert at != "server" or module == "server", f"{module}: say in ALLOWED what it may import"
    for name in imports(path):
        if within(name, "crdt") or within(name, "server"):
            allowed = (at, *ALLOWED[at])
            assert any(within(name, entry) for entry in allowed), f"{module} imports {name}"


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value)[-40:])
def test_only_one_module_names_backends(module: str, path: Path) -> None:
    if module == "server.backends" or module in BACKENDS:
        return
    for name in imports(path):
        assert not any(within(name, backend) for backend in BACKENDS), f"{module} imports {name}"


def test_crdt_is_pure() -> None:
    impure = ("asyncio", "time", "logging", "socket", "structlog", "server", "datetime")
    for module, path in modules():
        if within(module, "crdt"):
            for name in imports(path):
                assert not any(within(name, each) for each in impure), f"{module} imports {name}"


def loaded_by(module: str) -> set[str]:
    """Every module that is there after importing this one."""
    code = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_serving_imports_nothing_slow() -> None:
    assert not loaded_by("server.commands.serve") & set(SLOW)


def test_help_imports_nothing_of_the_server() -> None:
    heavy = ("server.app", "server.commands", "uvicorn", "starlette", "pymongo", "pycrdt")
    assert not loaded_by("server.cli") & set(heavy)
