"""Looks at an update or state vector before the CRDT library (Rust) does.

The library reserves memory for whatever a count claims, reads nested values recursively,
and takes for granted that nothing is empty and no clock overflows. So a few hostile bytes
make it allocate hundreds of megabytes, block the event loop, panic, or overflow the stack,
which no ``except`` survives. All were measured with pycrdt 0.14.13; the tests of the VT rules
hold an example of each.

The layout is that of Yjs' update encoding version 1 (yjs ``src/utils/encoding.js``,
``src/structs/Item.js``, and lib0 ``writeAny`` for values).
"""

from __future__ import annotations

import re
from typing import Final

from crdt import varint
from crdt.errors import FrameError, UpdateError
from crdt.limits import ANY_DEPTH, CLIENT_ID, CLOCK, UPDATE_STRUCTS

NO_STRUCTS: Final = b"\x00"
EMPTY_UPDATE: Final = NO_STRUCTS + b"\x00"
EMPTY_STATE_VECTOR: Final = b"\x00"

_OBJECT: Final = 118
_ARRAY: Final = 117

_CLIENT: Final = rb"(?:[\x80-\xff]{0,6}[\x00-\x7f]|[\x80-\xff]{7}[\x00-\x0f])"
_ID: Final = _CLIENT + rb"[\x80-\xff]{0,3}[\x00-\x7f]"  # and a clock
_TYPED: Final = re.compile(
    rb"\x01\x01" + _ID + rb"(?:[\x84\x44]|\xc4" + _ID + rb")" + _ID + rb"[\x01-\x7f]"
)
"""One struct: a string of up to 127 bytes behind or before (or between) other text. What
follows is the string and an empty delete set."""


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

    It is read from front to back (2 to 4 µs a struct), except where it has the shape of
    something typed: that passes in about 1 µs.
    """
    typed = _TYPED.match(update)
    if typed and update[-1] == 0 and len(update) == typed.end() + update[typed.end() - 1] + 1:
        return
    try:
        _Walk(update).update()
    except FrameError as error:
        raise UpdateError(f"update: {error}") from None


class _Walk:
    """Reads an update from front to back, checking every count, length and depth."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.structs = 0
        self.clients: set[int] = set()

    def update(self) -> None:
        for _ in range(self._count()):
            self._structs_of_client()
        for _ in range(self._count()):
            self._client()
            for _ in range(self._count()):  # ranges of deleted clocks
                _check_clock(self._number() + self._number())
        if self.at != len(self.data):
            raise UpdateError("bytes behind the update")

    def _structs_of_client(self) -> None:
        structs = self._count()
        self.structs += structs
        if self.structs > UPDATE_STRUCTS:
            raise UpdateError(f"more than {UPDATE_STRUCTS} structs in one update")
        if structs == 0:
            raise UpdateError("a client without structs")
        client = self._client()
        if client in self.clients:
            raise UpdateError(f"client {client} twice")
        self.clients.add(client)
        clock = self._number()
        for _ in range(structs):
            length = self._struct()
            if length == 0:
                raise UpdateError("a struct of no length")
            clock += length
        _check_clock(clock)

    def _struct(self) -> int:
        """The length of the struct in clocks, or more."""
        info = self._byte()
        if info in (0, 10):  # garbage collected, skipped
            return self._number()
        if info & 0x80:  # left origin
            self._id()
        if info & 0x40:  # right origin
            self._id()
        if not info & 0xC0:  # a first child names its parent
            self._parent()
            if info & 0x20:
                self._skip_bytes()
        return self._content(info & 0x1F)

    def _parent(self) -> None:
        named = self._byte()
        if named == 1:  # a root type
            self._skip_bytes()
        elif named == 0:
            self._id()
        else:
            raise UpdateError(f"parent of unknown kind {named}")

    def _content(self, kind: int) -> int:
        length = 1
        if kind == 1:  # deleted: its length
            length = self._number()
        elif kind == 4:  # string: its clocks count UTF-16 units, fewer than its bytes
            length = self._skip_bytes()
        elif kind in (3, 5):  # binary, embed
            self._skip_bytes()
        elif kind == 6:  # format: key and value
            self._skip_bytes()
            self._skip_bytes()
        elif kind == 7:
            self._shared_type()
        elif kind == 8:  # values
            length = self._count()
            for _ in range(length):
                self._any(0)
        elif kind == 9:  # a document within the document
            self._skip_bytes()
            self._any(0)
        else:
            # 2 is JSON of before Yjs 13, of which Yrs reads one more than there is
            raise UpdateError(f"content of unknown kind {kind}")
        return length

    def _shared_type(self) -> None:
        kind = self._byte()
        if kind == 3:  # an XML element carries its name
            self._skip_bytes()
        elif kind not in (0, 1, 2, 4, 6):  # Yrs and Yjs read a hook (5) differently
            raise UpdateError(f"shared type of kind {kind}")

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

    def _client(self) -> int:
        client = self._number()
        if client > CLIENT_ID:
            raise UpdateError(f"client id {client}, which Yjs clients cannot read")
        return client

    def _id(self) -> None:
        self._client()
        _check_clock(self._number())

    def _skip_bytes(self) -> int:
        length = self._number()
        self._skip(length)
        return length

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise UpdateError(f"the update ends {self.at - len(self.data)} bytes too early")

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.at - 1]


def _check_clock(clock: int) -> None:
    if clock > CLOCK:
        raise UpdateError(f"clock {clock}: no document has so many edits")
