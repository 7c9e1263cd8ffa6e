"""The values that tests hold: their types, and how each language prints them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast, get_args

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


Chain = Literal["linked-list", "tree"]
"""What nodes form. Tests hold a linked list as the array of its values, and a binary tree as its
levels from top to bottom, null where a child is missing: `[1, null, 2]`."""


class ValueType(msgspec.Struct, frozen=True):
    """A parsed type: a scalar, what nodes of it form, and how many arrays are around."""

    scalar: str
    depth: int
    nodes: Chain | None = None

    @classmethod
    def parse(cls, text: str) -> ValueType:
        """`integer[][]` -> (integer, 2), `tree<integer>` -> (integer, 0, tree). Raises ValueError
        for anything unknown."""
        found = _TYPE.fullmatch(text)
        scalar: str = (found["scalar"] or found["value"]) if found else ""
        if found is None or scalar not in _SCALARS:
            known = ", ".join(_SCALARS)
            raise ValueError(
                f"unknown type {text!r}; known are {known}, linked-list<…> and tree<…> of these, "
                "each with [] for arrays"
            )
        depth = len(found["arrays"]) // 2
        if depth > DEEPEST_ARRAY:
            raise ValueError(f"{text!r} has more than {DEEPEST_ARRAY} arrays in one another")
        return cls(scalar, depth, cast("Chain | None", found["nodes"]))

    @property
    def element(self) -> ValueType:
        return ValueType(self.scalar, self.depth - 1, self.nodes)

    @property
    def values(self) -> ValueType:
        """The array that a test writes for nodes; for everything else the type itself."""
        return ValueType(self.scalar, self.depth + 1) if self.nodes else self

    def accepts(self, value: object) -> bool:
        if self.depth:
            return isinstance(value, list) and all(map(self.element.accepts, value))
        if self.nodes == "tree":
            return isinstance(value, list) and _is_tree(value, _SCALARS[self.scalar])
        if self.nodes:
            return isinstance(value, list) and all(map(_SCALARS[self.scalar], value))
        return _SCALARS[self.scalar](value)


_TYPE: Final = re.compile(
    r"(?:(?P<nodes>linked-list|tree)<(?P<value>\w+)>|(?P<scalar>\w+))(?P<arrays>(?:\[\])*)"
)


def _is_tree(levels: list[object], holds: Callable[[object], bool]) -> bool:
    """Whether every value has a parent, and nothing is written behind the last value."""
    places = 1
    for value in levels:
        if places == 0 or (value is not None and not holds(value)):
            return False
        places += 1 if value is not None else -1
    return not levels or (levels[0] is not None and levels[-1] is not None)


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
    if kind.nodes:
        kind = kind.values
    if value is None:  # a child that is missing
        return "None" if language == "python" else "null"
    if kind.depth:
        inner = [written(entry, kind.element, language) for entry in value]
        if kind.depth == 1 and kind.scalar in ("string", "character") and language != "java":
            inner = [
                text if entry is None else f"'{text}'"
                for text, entry in zip(inner, value, strict=True)
            ]
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
    if kind.nodes:
        kind = kind.values
    if value is None:
        return True
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
