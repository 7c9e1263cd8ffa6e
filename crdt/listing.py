"""Which files a document has: what the entries of its root map ``files`` come to.

Anybody who may write puts entries there, several at once, and each a thing of its own making. So
that everybody sees the same files, what is listed depends on nothing but the entries. The web app
has the same rules in ``web/src/collab/document.ts``; ``tests/crdt/listings.json`` holds both to
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from crdt.limits import FILES, PATH_BYTES

_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_COPY: Final = re.compile(r"@[1-9][0-9]{0,5}")


class Listed(NamedTuple):
    """A file of the document; its text is in the root ``file:<text>``."""

    path: str
    language: str
    text: str


def is_path(path: str) -> bool:
    """Whether ``path`` may name a file: relative, plain characters, no hidden or parent parts."""
    return len(path) <= PATH_BYTES and _PATH.fullmatch(path) is not None


def is_text(name: str) -> bool:
    """Whether ``name`` may name a text: a path, or one with ``@`` and a number behind it."""
    path, at, number = name.partition("@")
    return is_path(path) and (not at or _COPY.fullmatch(at + number) is not None)


def listed(paths: Iterable[str], entry_at: Callable[[str], object]) -> list[Listed]:
    """The files, sorted by path, at most ``FILES``; entries that make no sense are left out.

    An entry is asked for only when it may count: somebody may have made a hundred thousand.

    Two who rename one file at the same moment leave two entries for its text; the first by path
    is the file.
    """
    found: list[Listed] = []
    shown: set[str] = set()
    for path in sorted(filter(is_path, paths)):
        file = _read(path, entry_at(path))
        if file is not None and file.text not in shown:
            shown.add(file.text)
            found.append(file)
        if len(found) == FILES:
            break
    return found


def active(files: Iterable[Listed], named: object) -> str | None:
    """The path of the file that ``named`` means: the one there, else the one that was there
    before it was renamed, else none."""
    known = {file.text: file.path for file in files}
    if not isinstance(named, str):
        return None
    return named if named in known.values() else known.get(named)


def _read(path: str, entry: object) -> Listed | None:
    if not isinstance(entry, Mapping):
        return None
    language, text = entry.get("language"), entry.get("text")
    return Listed(
        path,
        language if isinstance(language, str) else "",
        text if isinstance(text, str) and is_text(text) else path,
    )
