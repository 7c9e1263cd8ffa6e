"""What goes over the carrier: messages of one turn, by whom, for which room, and their numbers.

    version (1 byte), length of the origin's name (1), the name; then each envelope:
    kind (1), number (8), messages (4), length of the room's name (2), the name,
    and each message: length (4), bytes

All numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

VERSION: Final = 1
_HEAD: Final = struct.Struct(">BB")
_ENVELOPE: Final = struct.Struct(">BQIH")
_LENGTH: Final = struct.Struct(">I")


class Kind(IntEnum):
    """What an envelope is, and so what its number means."""

    MESSAGES = 0
    """Messages to all who listen; the number of the first."""
    OPENING = 1
    """The same; the origin numbered none before in this room."""
    HEAD = 2
    """No message; the number of the origin's last one."""
    DIRECT = 3
    """Messages to one end alone; the number of the last one that the origin published to all."""


_KINDS: Final = tuple(Kind)


class Envelope(NamedTuple):
    """Messages of one origin for one room."""

    kind: Kind
    origin: str
    number: int
    room: str
    payloads: Sequence[bytes]


def pack(origin: str, envelopes: Sequence[Envelope]) -> bytes:
    """Envelopes of this origin as bytes."""
    name = origin.encode()
    parts = [_HEAD.pack(VERSION, len(name)), name]
    for kind, _, number, room, payloads in envelopes:
        named = room.encode()
        parts += (_ENVELOPE.pack(kind, number, len(payloads), len(named)), named)
        for payload in payloads:
            parts += (_LENGTH.pack(len(payload)), payload)
    return b"".join(parts)


def unpack(data: bytes) -> list[Envelope]:
    """What `pack` made. Raises ValueError for anything else."""
    found = []
    try:
        version, length = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"version {version}")
        at = _HEAD.size + length
        origin = data[_HEAD.size : at].decode()
        while at < len(data):
            kind, number, count, length = _ENVELOPE.unpack_from(data, at)
            at += _ENVELOPE.size + length
            room = data[at - length : at].decode()
            payloads = []
            for _ in range(count):
                (length,) = _LENGTH.unpack_from(data, at)
                at += _LENGTH.size + length
                payloads.append(data[at - length : at])
            found.append(Envelope(_KINDS[kind], origin, number, room, payloads))
    except (struct.error, IndexError) as error:
        raise ValueError("too short, or of no known kind") from error
    if at > len(data):  # the last slice was shorter than it said
        raise ValueError("too short")
    return found


def is_of(data: bytes, name: bytes) -> bool:
    """Whether it is of this origin: Redis gives everybody also what they say to all."""
    return data.startswith(name, _HEAD.size) and data[_HEAD.size - 1] == len(name)
