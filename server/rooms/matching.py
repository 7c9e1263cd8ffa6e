"""Whether a program printed what is expected of it, be it to a pipe or to a terminal."""

from __future__ import annotations

import re
from typing import Final

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_END_OF_LINE: Final = re.compile(r"[\r\n]")


def matches(printed: str, typed: str, expected: str) -> bool:
    """Blanks at the ends of lines do not count, nor empty lines at the end, nor colours, which
    many programs give to a terminal alone. `typed`: what such a terminal echoed in between, which
    the program did not print, unless it had turned that off."""
    printed = _COLOURS.sub("", printed)
    wanted = _lines(expected)
    return wanted in (_lines(printed), _lines(_without_echo(printed, typed)))


def _without_echo(printed: str, typed: str) -> str:
    kept, at = [], 0
    for line in _END_OF_LINE.split(typed)[:-1]:
        echo = printed.find(f"{line}\n", at)
        if echo < 0:
            continue
        kept.append(printed[at:echo])
        at = echo + len(line) + 1
    return "".join(kept) + printed[at:]


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
