"""The problems of `problems.yaml`: read once at start, checked whole, then only looked up.

A mistake in the file stops the server with the file, the problem and the field it is in: a wrong
test found during an interview would be far more expensive.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

from server.errors import NoSuchProblem, StartupError
from server.problems.checks import Wrong, checked, key
from server.problems.model import Draft, Problem


class ProblemsInvalid(StartupError):
    """The problems file cannot be used; the message says which problem and which field."""


class Entry(Draft, frozen=True, kw_only=True):
    """One entry of the file."""

    id: str


class Problems:
    """All problems in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._by_name = {key(name): p for p in problems for name in (p.id, p.title)}

    def all(self) -> list[Problem]:
        return list(self._problems)

    def find(self, id_or_title: str) -> Problem | None:
        """By id or title, whatever the case."""
        return self._by_name.get(key(id_or_title))

    def get(self, id_or_title: str) -> Problem:
        """By id or title, whatever the case. Raises NoSuchProblem."""
        found = self.find(id_or_title)
        if found is None:
            raise NoSuchProblem(f"There is no problem called {id_or_title!r}.")
        return found


LOADER: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
"""The safe one in C where there is one: the start of the server waits for it (30 ms, not 220)."""
# `1e-6` is a number for everybody but YAML 1.1, which wants a dot in it
LOADER.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+"), list("-+0123456789")
)


def load_problems(path: Path) -> Problems:
    """Reads and checks the whole file. Raises ProblemsInvalid."""
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProblemsInvalid(f"{path}: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise ProblemsInvalid(f"{path}: expected a list of problems")
    problems: list[Problem] = []
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = entry.get("id") if isinstance(entry, dict) else None
        try:
            problem = _read(entry, taken)
        except Wrong as wrong:
            raise ProblemsInvalid(f"{path}: problem {name or f'no. {number}'}: {wrong}") from None
        taken |= {key(problem.id), key(problem.title)}
        problems.append(problem)
    return Problems(problems)


def _read(raw: object, taken: set[str]) -> Problem:
    """One entry, checked. Raises Wrong."""
    try:
        entry = msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise Wrong(where.strip(".`") or "the entry", message) from None
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id):
        # ids of people's own problems have an underscore, so none of theirs can be one of ours
        raise Wrong("id", f"{entry.id!r} is not lower-case words joined by hyphens")
    for field, name in (("id", entry.id), ("title", entry.title)):
        if key(name) in taken:
            raise Wrong(field, f"{name!r} is the id or title of another problem")
    return checked(entry, entry.id)
