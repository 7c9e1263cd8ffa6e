"""Whether a result is right, and how values are shown."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from server.problems import Compare, Tolerance

SHOWN_CHARACTERS: Final = 1_000
"""Of a value, or of what was printed for one test."""


def right(got: Any, expected: Any, compare: Compare) -> bool:
    """Whether the result counts. Both are JSON values; never raises, whatever `got` is."""
    try:
        if isinstance(compare, Tolerance):
            return _near(got, expected, compare.tolerance)
        if compare == "one-of":
            return any(_same(got, each) for each in expected)
        if compare == "any-order":
            return _same_entries(got, expected)
        return _same(got, expected)
    except RecursionError:  # nested as no expected value is
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(got: Any, expected: Any) -> bool:
    """Equal in value and kind; 2 and 2.0 are one number, but True is none."""
    if isinstance(expected, list):
        return (
            isinstance(got, list) and len(got) == len(expected) and all(map(_same, got, expected))
        )
    if _is_number(expected):
        return _is_number(got) and bool(got == expected)
    return type(got) is type(expected) and bool(got == expected)


def _near(got: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(got) == len(expected)
            and all(_near(one, other, tolerance) for one, other in zip(got, expected, strict=True))
        )
    if not _is_number(expected):
        return _same(got, expected)
    try:
        return _is_number(got) and math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # an integer that no float holds
        return False


def _same_entries(got: Any, expected: list[Any]) -> bool:
    if not isinstance(got, list) or len(got) != len(expected):
        return False
    return sorted(map(_spelling, got)) == sorted(map(_spelling, expected))


def _spelling(value: Any) -> str:
    """The same text for values that are the same."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def shown(value: Any) -> str:
    """A value for people, as JSON on one line; cut where it is long."""
    if isinstance(value, dict) and isinstance(value.get("$"), str):
        text = value["$"]  # what JSON cannot say, as the language itself does: NaN, undefined
    else:
        text = _json(value)
    text = text.encode(errors="replace").decode()  # half a character, which no database takes
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _json(value: Any) -> str:
    try:
        if isinstance(value, list):
            return f"[{', '.join(map(shown, value))}]"
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return "a value that cannot be shown"
