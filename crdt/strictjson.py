"""JSON from strangers: bounded in depth, and only what every other parser takes too.

A client's JSON is passed on to browsers as text, so accepting what ``JSON.parse`` refuses
(Python takes ``NaN``) would let one client break all the others.
"""

from __future__ import annotations

import json
import re
from json.scanner import make_scanner
from typing import Any, Final, NoReturn

from crdt.errors import FrameError
from crdt.limits import JSON_DEPTH

# A string that never ends is one token too: searching for its end again from each of its
# escaped quotes would take time that grows with their square (11 s for 64 kB).
_TOKENS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object that ``text`` holds.

    Raises ``FrameError`` when it is not JSON, not an object, or nested beyond
    ``JSON_DEPTH``.
    """
    if text.count("[") + text.count("{") > JSON_DEPTH:
        _check_depth(text)
    try:
        value, end = _SCAN(text, 0)
        whole = end == len(text)
    except (StopIteration, ValueError):
        whole = False
    if not whole:  # white space around it, or a mistake
        value = _decode(text)
    if not isinstance(value, dict):
        raise FrameError("not a JSON object")
    return value


def _decode(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise FrameError(f"not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
_SCAN: Final = make_scanner(_DECODER)  # type: ignore[arg-type]  # typeshed: a decoder is what it takes
"""What ``decode`` does, less the search for white space: half the time of a cursor's state."""


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        char = token.group()[0]
        if char in "[{":
            depth += 1
            if depth > JSON_DEPTH:
                raise FrameError(f"JSON nested deeper than {JSON_DEPTH}")
        elif char in "]}":
            depth -= 1
