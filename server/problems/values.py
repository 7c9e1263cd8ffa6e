"""The values that tests hold: their types, and how each language prints them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_args

import msgspec

Language = Literal["python", "javascript", "java"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
PATHS: Final[Mapping[Language, str]] = {
    "python": "main.py",
    "javascript": "main.js",
    "java": "Main.java",
}

# console.log breaks an array over lines above 6 entries or about 72 columns, and shows no array
# deeper than 3: results of visible tests stay below, so that each is one line in every language.
LONGEST_SHOWN_ARRAY: Final = 6
DEEPEST_SHOWN_ARRAY: Final = 3
WIDEST_SHOWN_ARRAY: Final = 60  # columns

DEEPEST_ARRAY: Final = 4
"""Arrays in arrays that a type may have; nobody asks about more, and checking walks them."""


class ValueType(msgspec.Struct, frozen=True):
    """A parsed type: a scalar and how many arrays are around it."""

    scalar: str
    depth: int

    @classmethod
    def parse(cls, text: str) -> ValueType:
        """`integer[][]` -> (integer, 2). Raises ValueError for anything unknown."""
        scalar = text.rstrip("[]")
        depth = (len(text) - len(scalar)) // 2
        if scalar not in _SCALARS or text != scalar + "[]" * depth:
            known = ", ".join(_SCALARS)
            raise ValueError(f"unknown type {text!r}; known are {known}, each with [] for arrays")
        if depth > DEEPEST_ARRAY:
            raise ValueError(f"{text!r} has more than {DEEPEST_ARRAY} arrays in one another")
        return cls(scalar, depth)

    @property
    def element(self) -> ValueType:
        return ValueType(self.scalar, self.depth - 1)

    def accepts(self, value: object) -> bool:
        if self.depth:
            return isinstance(value, list) and all(map(self.element.accepts, value))
        return _SCALARS[self.scalar](value)


def _is_integer(value: object) -> bool:
    # 32 bits, signed: what Java's int and both other languages hold exactly
    return type(value) is int and -(2**31) <= value < 2**31


def _is_number(value: object) -> bool:
    return (type(value) is float and math.isfinite(value)) or _is_integer(value)


def _is_character(value: object) -> bool:
    # what Java's char holds: no character beyond 16 bits, such as most emoji
    return isinstance(value, str) and len(value) == 1 and value <= "\uffff"


_SCALARS: Final[Mapping[str, Callable[[object], bool]]] = {
    "integer": _is_integer,
    "number": _is_number,
    "string": lambda value: isinstance(value, str),
    "character": _is_character,
    "boolean": lambda value: isinstance(value, bool),
}


def written(value: Any, kind: ValueType, language: Language) -> str:
    """A result as the language itself prints it (print, console.log, Arrays.toString)."""
    if kind.depth:
        inner = [written(entry, kind.element, language) for entry in value]
        if kind.depth == 1 and kind.scalar in ("string", "character") and language != "java":
            inner = [f"'{entry}'" for entry in inner]
        if language == "javascript" and inner:
            return f"[ {', '.join(inner)} ]"
        return f"[{', '.join(inner)}]"
    if kind.scalar == "boolean":
        return str(value) if language == "python" else str(value).lower()
    if kind.scalar == "number":
        return repr(float(value)).removesuffix(".0" if language == "javascript" else "")
    return str(value)


def prints_alike(value: Any, kind: ValueType) -> bool:
    """Whether `written` is right for it; beyond this each language escapes its own way."""
    if kind.depth:
        return (
            kind.depth <= DEEPEST_SHOWN_ARRAY
            and len(value) <= LONGEST_SHOWN_ARRAY
            and len(written(value, kind, "javascript")) <= WIDEST_SHOWN_ARRAY
            and all(prints_alike(entry, kind.element) for entry in value)
        )
    if kind.scalar == "number":
        return bool(value == 0 or 1e-3 <= abs(value) < 1e7)  # else Java changes to 1.0E7
    if isinstance(value, str):
        return value.isprintable() and not set(value) & set("'\"\\`")
    return True
