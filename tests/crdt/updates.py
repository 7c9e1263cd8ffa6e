"""Yjs updates put together by hand, part by part (update encoding version 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pycrdt import Doc, Text

from crdt import varint

number = varint.write
text = varint.write_text

CHILD_OF_ROOT = b"\x01" + text("file:a")
NO_DELETIONS = b"\x00"
NULL = b"\x7e"


def item(kind: int, content: bytes, parent: bytes = CHILD_OF_ROOT) -> bytes:
    """A struct that is the first child of ``parent``, with content of ``kind``."""
    return bytes((kind,)) + parent + content


def string(value: str) -> bytes:
    return item(4, text(value))


def values(*encoded: bytes) -> bytes:
    return item(8, number(len(encoded)) + b"".join(encoded))


def after(client: int, clock: int, value: str) -> bytes:
    """The struct that a keystroke makes behind another character."""
    return b"\x84" + number(client) + number(clock) + text(value)


def by(client: int, *structs: bytes, clock: int = 0) -> bytes:
    """The structs of one client."""
    return number(len(structs)) + number(client) + number(clock) + b"".join(structs)


def deletions(ranges: dict[int, list[tuple[int, int]]]) -> bytes:
    """A delete set: by client the ranges (first clock, length) that are deleted."""
    out = number(len(ranges))
    for client, pairs in ranges.items():
        out += number(client) + number(len(pairs))
        out += b"".join(number(clock) + number(length) for clock, length in pairs)
    return out


def update(*clients: bytes, deleted: bytes = NO_DELETIONS) -> bytes:
    return number(len(clients)) + b"".join(clients) + deleted


def state_vector(clocks: dict[int, int]) -> bytes:
    return number(len(clocks)) + b"".join(
        number(client) + number(clock) for client, clock in clocks.items()
    )


def any_object(pairs: dict[str, bytes]) -> bytes:
    body = b"".join(text(key) + value for key, value in pairs.items())
    return b"\x76" + number(len(pairs)) + body


def typed(words: Iterable[str], client: int = 7, path: str = "a") -> list[bytes]:
    """The updates of somebody who types ``words`` one behind the other into one file."""
    doc = Doc[Any](client_id=client)
    out: list[bytes] = []
    doc.observe(lambda event: out.append(event.update))
    file: Text = doc.get(f"file:{path}", type=Text)
    for word in words:
        file += word
    return out


def presence_state(name: str) -> str:
    return json.dumps({"user": {"name": name}}, ensure_ascii=False)
