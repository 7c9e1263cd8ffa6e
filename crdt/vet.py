"""Looks at an update or state vector before the CRDT library (Rust) does.

The library reserves memory for whatever a count claims and reads nested values
recursively, so a few hostile bytes make it allocate hundreds of megabytes, block the event
loop, or overflow the stack, which no ``except`` survives. All were measured with pycrdt
0.14.13; the tests named VT hold one example each.

The layout is that of Yjs' update encoding version 1 (yjs ``src/utils/encoding.js``,
``src/structs/Item.js``, and lib0 ``writeAny`` for values).
"""

from __future__ import annotations

from typing import Final

from crdt import varint
from crdt.errors import FrameError, UpdateError
from crdt.limits import ANY_BYTES_UNWALKED, ANY_DEPTH, UPDATE_STRUCTS

EMPTY_UPDATE: Final = b"\x00\x00"
EMPTY_STATE_VECTOR: Final = b"\x00"

_OBJECT: Final = 118
_ARRAY: Final = 117


def vet_state_vector(state_vector: bytes) -> None:
    """Raise ``UpdateError`` unless ``state_vector`` is exactly the pairs that it announces."""
    try:
        count, at = varint.read(state_vector, 0)
        if 2 * count > len(state_vector) - at:
            raise UpdateError(f"{count} clients announced in {len(state_vector)} bytes")
        for _ in range(2 * count):
            _, at = varint.read(state_vector, at)
    except FrameError as error:
        raise UpdateError(f"state vector: {error}") from None
    if at != len(state_vector):
        raise UpdateError("bytes behind the state vector")


def vet_update(update: bytes) -> None:
    """Raise ``UpdateError`` if ``update`` could hurt the process that applies it.

    Only what can hurt is looked at: the leading count always, and the whole update if it
    holds a byte that could open a nested value. One keystroke passes in about 1 µs.
    """
    try:
        count, at = varint.read(update, 0)
        if count > len(update) - at:
            raise UpdateError(f"{count} clients announced in {len(update)} bytes")
        if _OBJECT in update or update.count(_ARRAY) > ANY_BYTES_UNWALKED:
            _Walk(update).update()
    except FrameError as error:
        raise UpdateError(f"update: {error}") from None


class _Walk:
    """Reads an update from front to back, checking every count and depth on the way."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.structs = 0

    def update(self) -> None:
        for _ in range(self._count()):
            structs = self._count()
            self.structs += structs
            if self.structs > UPDATE_STRUCTS:
                raise UpdateError(f"more than {UPDATE_STRUCTS} structs in one update")
            self._skip_numbers(2)  # client, clock
            for _ in range(structs):
                self._struct()
        for _ in range(self._count()):
            self._skip_numbers(1)  # client
            self._skip_numbers(2 * self._count())  # ranges of deleted clocks
        if self.at != len(self.data):
            raise UpdateError("bytes behind the update")

    def _struct(self) -> None:
        info = self._byte()
        kind = info & 0x1F
        if kind in (0, 10):  # garbage collected, skipped
            self._skip_numbers(1)
            return
        if info & 0x80:  # left origin
            self._skip_numbers(2)
        if info & 0x40:  # right origin
            self._skip_numbers(2)
        if not info & 0xC0:  # a first child names its parent
            self._parent()
            if info & 0x20:
                self._skip_bytes()
        self._content(kind)

    def _parent(self) -> None:
        if self._number() == 1:  # a root type by name
            self._skip_bytes()
        else:
            self._skip_numbers(2)

    def _content(self, kind: int) -> None:
        if kind == 1:  # deleted: its length
            self._skip_numbers(1)
        elif kind in (3, 4, 5):  # binary, string, embed
            self._skip_bytes()
        elif kind == 6:  # format: key and value
            self._skip_bytes()
            self._skip_bytes()
        elif kind == 2:  # JSON
            for _ in range(self._count()):
                self._skip_bytes()
        elif kind == 7:  # a shared type; elements and hooks carry a name
            if self._number() in (3, 5):
                self._skip_bytes()
        elif kind == 8:  # values
            for _ in range(self._count()):
                self._any(0)
        elif kind == 9:  # a document within the document
            self._skip_bytes()
            self._any(0)
        else:
            raise UpdateError(f"content of kind {kind}, which Yjs clients cannot read")

    def _any(self, depth: int) -> None:
        if depth > ANY_DEPTH:
            raise UpdateError(f"value nested deeper than {ANY_DEPTH}")
        kind = self._byte()
        if kind == _OBJECT:
            for _ in range(self._count()):
                self._skip_bytes()
                self._any(depth + 1)
        elif kind == _ARRAY:
            for _ in range(self._count()):
                self._any(depth + 1)
        elif kind in (119, 116):  # string, bytes
            self._skip_bytes()
        elif kind == 125:  # integer: its second bit is the sign, so any spelling is fine
            while self._byte() & 0x80:
                pass
        elif kind in (122, 123):  # 64 bits
            self._skip(8)
        elif kind == 124:  # 32 bits
            self._skip(4)
        elif kind not in (120, 121, 126, 127):  # true, false, null, undefined
            raise UpdateError(f"value of unknown kind {kind}")

    def _number(self) -> int:
        value, self.at = varint.read(self.data, self.at)
        return value

    def _count(self) -> int:
        count = self._number()
        if count > len(self.data) - self.at:
            raise UpdateError(f"{count} announced, {len(self.data) - self.at} bytes left")
        return count

    def _skip_numbers(self, count: int) -> None:
        for _ in range(count):
            _, self.at = varint.read(self.data, self.at)

    def _skip_bytes(self) -> None:
        self._skip(self._number())

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise UpdateError(f"the update ends {self.at - len(self.data)} bytes too early")

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.at - 1]
