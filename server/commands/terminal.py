"""What commands share at a terminal: rows in columns (a name, a state in colour, what is behind it,
the setting that matters), and quiet logs."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TextIO

from server.logs import configure_logs
from server.settings import Settings, load_settings

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"

WIDEST_TEXT: Final = 64
"""Columns of what is behind a state; longer texts go on in the next line."""


def quiet_settings() -> Settings:
    """The settings for a command whose own words are what people read: it logs only errors.

    Raises SettingsError.
    """
    settings = load_settings()
    configure_logs(replace(settings, log_level="error"))
    return settings


class Row(NamedTuple):
    """`setting` names what turns it on or changes it."""

    name: str
    state: str
    colour: str
    what: str
    setting: str = ""


class Style:
    """Texts with colour where `stream` shows it; NO_COLOR turns it off."""

    def __init__(self, stream: TextIO) -> None:
        self._on = stream.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on and text else text


def lines_of(rows: Sequence[Row], style: Style) -> list[str]:
    """The rows under one another, in columns."""
    name_width = max(len(row.name) for row in rows)
    state_width = max(len(row.state) for row in rows)
    texts = [textwrap.wrap(row.what, WIDEST_TEXT) or [""] for row in rows]
    what_width = max(len(text) for wrapped in texts for text in wrapped)
    lines = []
    for row, (first, *more) in zip(rows, texts, strict=True):
        state = style(f"{row.state:<{state_width}}", row.colour)
        line = f"  {row.name:<{name_width}}  {state}  {first:<{what_width}}"
        lines.append(f"{line}  {style(row.setting, DIM)}".rstrip())
        lines += [" " * (name_width + state_width + 6) + text for text in more]
    return lines
