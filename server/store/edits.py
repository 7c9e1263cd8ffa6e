"""Edits as they are stored: bytes, one behind the other.

A database document that lists edits one by one takes several times the time to make, to send
and to store that its bytes do. An *entry* is 8 bytes of time, the author, the update; a *run* is
the number of an edit and entries, of this edit and those that follow it. Texts and updates are
preceded by their length, lengths and numbers are varints (``crdt.varint``).

Before several workers wrote one room a group commit held *records*: a room, a number, an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from crdt import varint
from crdt.history import Entry

TIME_BYTES: Final = 8

packed_text = lru_cache(4096)(varint.write_text)
"""A text as it is packed: the same few authors again and again."""


class Run(NamedTuple):
    """Packed edits that one writer made of one room, numbered from ``first``."""

    first: int
    entries: list[bytes]


class Record(NamedTuple):
    """One edit of one room, as a group commit held it once."""

    room: str
    number: int
    entry: bytes


def pack(at: int, author: str, update: bytes) -> bytes:
    """An ``Entry`` as bytes; ``unpack`` is the inverse."""
    size = varint.write(len(update))
    return b"".join((at.to_bytes(TIME_BYTES, "big"), packed_text(author), size, update))


def unpack(entries: bytes) -> list[Entry]:
    """The entries in ``entries``, one behind the other. Raises ``FrameError`` for anything else."""
    return [unpack_one(each) for each in split(entries)]


def unpack_one(entry: bytes) -> Entry:
    """The entry these bytes are. Raises ``FrameError``."""
    author, at = varint.read_text(entry, TIME_BYTES)
    update, _ = varint.read_bytes(entry, at)
    return Entry(moment(entry), author, update)


def moment(entry: bytes) -> int:
    """When the edit was made, in milliseconds."""
    return int.from_bytes(entry[:TIME_BYTES], "big")


def split(entries: bytes, start: int = 0) -> list[bytes]:
    """The entries from ``start`` on, still packed. Raises ``FrameError``."""
    found = []
    while start < len(entries):
        end = _end_of(entries, start)
        found.append(entries[start:end])
        start = end
    return found


def _end_of(entries: bytes, start: int) -> int:
    _, at = varint.read_bytes(entries, start + TIME_BYTES)  # the author
    _, at = varint.read_bytes(entries, at)
    return at


def pack_run(first: int, entries: Sequence[bytes]) -> bytes:
    """A ``Run`` as bytes; ``unpack_run`` is the inverse."""
    return varint.write(first) + b"".join(entries)


def unpack_run(run: bytes) -> Run:
    """Raises ``FrameError`` for what is none."""
    first, start = varint.read(run, 0)
    return Run(first, split(run, start))


def unpack_records(records: bytes) -> Iterator[Record]:
    """The records in ``records``. Raises ``FrameError`` for anything else."""
    at = 0
    while at < len(records):
        room, at = varint.read_text(records, at)
        number, start = varint.read(records, at)
        at = _end_of(records, start)
        yield Record(room, number, records[start:at])
