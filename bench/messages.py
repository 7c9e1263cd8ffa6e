"""What a server says to a client, as far as the load generator has to understand it.

Edits are counted, not frames: a server may merge updates, speak of several clients in one, and
put several messages into one WebSocket message. One typed character is one edit.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from crdt import varint

SYNC, PRESENCE, AUTH, ASK_PRESENCE = 0, 1, 2, 3
SYNC_REPLY, STATELESS, SYNC_STATUS = 4, 5, 8
"""Types that only Hocuspocus has."""
EVENT = 100
"""The type that only our server has."""

TEXT = "file:typed.py"
"""The shared text that everybody types into; not one that a new session of ours has text in."""


class Kind(Enum):
    ASKS = auto()
    """Sync step 1."""
    STATE = auto()
    """Sync step 2: the answer to a step 1."""
    UPDATE = auto()
    EVENT = auto()
    OTHER = auto()


class Edits(NamedTuple):
    """Typed characters of one client: their clocks from ``start`` up to before ``end``."""

    client: int
    start: int
    end: int


class Part(NamedTuple):
    kind: Kind
    payload: bytes
    edits: tuple[Edits, ...] = ()


@lru_cache(maxsize=256)
def parts(message: bytes, at: int) -> tuple[Part, ...]:
    """The y-protocols messages in one WebSocket message, from index ``at``.

    Cached, because in a room with many readers all get the same bytes.
    """
    found = []
    while at < len(message):
        kind, at = varint.read(message, at)
        if kind in (SYNC, SYNC_REPLY):
            step = message[at]
            payload, at = varint.read_bytes(message, at + 1)
            found.append(_sync(step, payload))
        elif kind in (PRESENCE, EVENT):
            payload, at = varint.read_bytes(message, at)
            found.append(Part(Kind.EVENT if kind == EVENT else Kind.OTHER, payload))
        elif kind == SYNC_STATUS:
            _, at = varint.read(message, at)
        elif kind in (AUTH, STATELESS):
            break  # alone in its message; what it says does not matter here
        elif kind != ASK_PRESENCE:
            raise ValueError(f"a message of type {kind}")
    return tuple(found)


def _sync(step: int, payload: bytes) -> Part:
    if step == 2:
        return Part(Kind.UPDATE, payload, edits_of(payload))
    return Part(Kind.STATE if step == 1 else Kind.ASKS, payload)


_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10
_ORIGIN, _RIGHT_ORIGIN, _PARENT_KEY = 0x80, 0x40, 0x20


def edits_of(update: bytes) -> tuple[Edits, ...]:
    """The typed characters in a Yjs update (version 1). Raises ``ValueError`` for content that
    nobody types, such as maps."""
    found = []
    clients, at = varint.read(update, 0)
    for _ in range(clients):
        structs, at = varint.read(update, at)
        client, at = varint.read(update, at)
        clock, at = varint.read(update, at)
        for _ in range(structs):
            length, at, there = _struct(update, at)
            if there:
                found.append(Edits(client, clock, clock + length))
            clock += length
    return tuple(found)


def _struct(update: bytes, at: int) -> tuple[int, int, bool]:
    """One struct: its length in clocks, the index behind it, and whether it is more than a gap."""
    info, at = update[at], at + 1
    content = info & 0x1F
    if content in (_GC, _SKIP):
        length, at = varint.read(update, at)
        return length, at, content == _GC
    if info & _ORIGIN:
        at = _skip(update, at, 2)
    if info & _RIGHT_ORIGIN:
        at = _skip(update, at, 2)
    if not info & (_ORIGIN | _RIGHT_ORIGIN):
        by_name, at = varint.read(update, at)
        at = varint.read_bytes(update, at)[1] if by_name else _skip(update, at, 2)
        if info & _PARENT_KEY:
            at = varint.read_bytes(update, at)[1]
    if content == _DELETED:
        length, at = varint.read(update, at)
    elif content == _STRING:
        text, at = varint.read_bytes(update, at)
        length = len(text.decode().encode("utf-16-le")) // 2
    else:
        raise ValueError(f"content of type {content} is nothing typed")
    return length, at, True


def _skip(data: bytes, at: int, integers: int) -> int:
    for _ in range(integers):
        _, at = varint.read(data, at)
    return at


def asks(state_vector: bytes = b"\x00") -> bytes:
    """Sync step 1; without a state vector, of a client that has nothing yet."""
    return b"\x00\x00" + varint.write(len(state_vector)) + state_vector


NOTHING_TO_ADD = b"\x00\x01\x02\x00\x00"
"""Sync step 2 of a client that has nothing the server lacks."""


def update(body: bytes) -> bytes:
    return b"\x00\x02" + varint.write(len(body)) + body


def presence(client: int, clock: int, state: str) -> bytes:
    """One client's presence."""
    entry = varint.write(client) + varint.write(clock) + varint.write_text(state)
    return b"\x01" + varint.write(len(entry) + 1) + b"\x01" + entry


def typed(client: int, clock: int) -> bytes:
    """The update of one typed letter: behind the client's last one, its first at the front."""
    name = varint.write(client)
    head = b"\x01\x01" + name + varint.write(clock)
    if clock == 0:
        return head + b"\x04\x01" + varint.write_text(TEXT) + b"\x01x\x00"
    return head + b"\x84" + name + varint.write(clock - 1) + b"\x01x\x00"
