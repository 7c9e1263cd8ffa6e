"""What goes over the carrier: messages of one turn for one room, by whom, and their numbers.

    version (1 byte), kind (1), number (8), length of the origin's name (1), the name;
    DIRECT: length of the room's name (2), the name; then each message: length (4), bytes

All numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

VERSION: Final = 1
_HEAD: Final = struct.Struct(">BBQB")
_ROOM: Final = struct.Struct(">H")
_LENGTH: Final = struct.Struct(">I")


class Kind(IntEnum):
    """What an envelope is, and so what its number means."""

    MESSAGES = 0
    """Messages to all; the number of the first."""
    OPENING = 1
    """The same; the origin numbered none before in this room."""
    HEAD = 2
    """No message; the number of the origin's last one."""
    DIRECT = 3
    """Messages to one end alone; the number of the last one that the origin published to all."""


class Envelope(NamedTuple):
    """Messages of one origin for one room."""

    kind: Kind
    origin: str
    number: int
    room: str
    payloads: Sequence[bytes]


def pack(envelope: Envelope) -> bytes:
    """As bytes; the room is named only in those for one end: else the channel says it."""
    kind, origin, number, room, payloads = envelope
    name = origin.encode()
    parts = [_HEAD.pack(VERSION, kind, number, len(name)), name]
    if kind is Kind.DIRECT:
        named = room.encode()
        parts += (_ROOM.pack(len(named)), named)
    for payload in payloads:
        parts += (_LENGTH.pack(len(payload)), payload)
    return b"".join(parts)


def unpack(data: bytes, room: str = "") -> Envelope:
    """What `pack` made; `room` is what the channel says. Raises ValueError for anything else."""
    try:
        version, kind, number, length = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"version {version}")
        origin, at = _text(data, _HEAD.size, length)
        if kind == Kind.DIRECT:
            (length,) = _ROOM.unpack_from(data, at)
            room, at = _text(data, at + _ROOM.size, length)
        payloads = []
        while at < len(data):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            if at + length > len(data):
                raise ValueError("too short")
            payloads.append(data[at : at + length])
            at += length
        return Envelope(Kind(kind), origin, number, room, payloads)
    except struct.error as error:
        raise ValueError("too short") from error


def is_of(data: bytes, name: bytes) -> bool:
    """Whether an envelope is of this origin: Redis gives everybody also what they say."""
    return data.startswith(name, _HEAD.size) and data[_HEAD.size - 1] == len(name)


def _text(data: bytes, at: int, length: int) -> tuple[str, int]:
    if at + length > len(data):
        raise ValueError("too short")
    return data[at : at + length].decode(), at + length
