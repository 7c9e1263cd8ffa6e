"""Edits as they are stored: bytes, one behind the other.

A database document that lists edits one by one takes several times the time to make, to send
and to store that its bytes do. An *entry* is 8 bytes of time, the author, the update; a
*record* is a room, the number of the edit in it, and an entry. Texts and updates are preceded
by their length, lengths and numbers are varints (``crdt.varint``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from crdt import varint
from crdt.history import Entry

TIME_BYTES: Final = 8

packed_text = lru_cache(4096)(varint.write_text)
"""A text as it is packed: the same few authors and rooms again and again."""


class Record(NamedTuple):
    """One edit of one room, as a group commit holds it."""

    room: str
    number: int
    entry: bytes


def pack(at: int, author: str, update: bytes) -> bytes:
    """An ``Entry`` as bytes; ``unpack`` is the inverse."""
    size = varint.write(len(update))
    return b"".join((at.to_bytes(TIME_BYTES, "big"), packed_text(author), size, update))


def unpack(entries: bytes) -> list[Entry]:
    """The entries in ``entries``, one behind the other. Raises ``FrameError`` for anything else."""
    found = []
    at = 0
    while at < len(entries):
        time = int.from_bytes(entries[at : at + TIME_BYTES], "big")
        author, at = varint.read_text(entries, at + TIME_BYTES)
        update, at = varint.read_bytes(entries, at)
        found.append(Entry(time, author, update))
    return found


def pack_record(room: str, number: int, entry: bytes) -> bytes:
    """A ``Record`` as bytes; ``unpack_records`` is the inverse."""
    return packed_text(room) + varint.write(number) + entry


def first_moment(records: bytes) -> int:
    """When the first edit in ``records`` was made, in milliseconds."""
    return int.from_bytes(next(unpack_records(records)).entry[:TIME_BYTES], "big")


def unpack_records(records: bytes) -> Iterator[Record]:
    """The records in ``records``. Raises ``FrameError`` for anything else."""
    at = 0
    while at < len(records):
        room, at = varint.read_text(records, at)
        number, start = varint.read(records, at)
        _, at = varint.read_bytes(records, start + TIME_BYTES)  # the author
        _, at = varint.read_bytes(records, at)
        yield Record(room, number, records[start:at])
