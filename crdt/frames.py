"""y-protocols messages and the room event, as bytes and as values.

One message holds one frame. ``decode`` returns a frame or raises ``FrameError``, nothing
else; ``encode(decode(message)) == message`` for every message it takes (SPEC, FR1).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple, assert_never

from crdt import strictjson, varint
from crdt.errors import FrameError
from crdt.limits import EVENT_BYTES, PRESENCE_ENTRIES

SYNC: Final = 0
PRESENCE: Final = 1
AUTH: Final = 2
QUERY_PRESENCE: Final = 3
EVENT: Final = 100

_STEP_1: Final = 0
_STEP_2: Final = 1
_UPDATE: Final = 2
_PERMISSION_DENIED: Final = 0

# A keystroke is an update and a presence of one client. `_short_update` and `_one_presence` read
# these as the general way does, in a third and half of its time.
_SHORT_UPDATE: Final = b"\x00\x02"
_INTEGER: Final = rb"([\x80-\xff]{0,7}[\x00-\x7f])"
_ONE_PRESENCE: Final = re.compile(rb"\x01" + _INTEGER + rb"\x01" + 3 * _INTEGER)
_new = tuple.__new__
"""Makes a NamedTuple in half the time of calling it."""


class SyncStep1(NamedTuple):
    """ "This is what I have": asks for the difference to a state vector."""

    state_vector: bytes


class SyncStep2(NamedTuple):
    """The answer to a step 1: everything its sender lacked."""

    update: bytes


class Update(NamedTuple):
    """One edit."""

    update: bytes


class PresenceEntry(NamedTuple):
    """One client's presence: ``state`` is JSON text, or None when the client is gone.

    The text is looked at only when somebody's presence really changes (``awareness``): stock
    clients send every presence they receive straight back, so nearly all of it is old news.
    """

    client: int
    clock: int
    state: str | None


class Presence(NamedTuple):
    """Presence of some clients (y-protocols awareness update)."""

    entries: tuple[PresenceEntry, ...]


class PermissionDenied(NamedTuple):
    """What was sent was not taken, and why."""

    reason: str


class QueryPresence(NamedTuple):
    """Asks for the presence of everybody."""


class Event(NamedTuple):
    """A room event: a JSON object with a ``type``; ``text`` is its JSON, as sent."""

    text: str

    def payload(self) -> dict[str, Any]:
        """The event as a dictionary. Only for events that ``decode`` returned."""
        value: dict[str, Any] = json.loads(self.text)
        return value


Frame = SyncStep1 | SyncStep2 | Update | Presence | PermissionDenied | QueryPresence | Event


def decode(message: bytes) -> Frame:
    """The one frame that ``message`` holds. Raises ``FrameError`` for anything else."""
    return _short_update(message) or _one_presence(message) or _any_frame(message)


def decode_ours(message: bytes) -> Frame:
    """The same of what a server of ours sent: its events may be of any size, as a run's output is.
    Raises ``FrameError``."""
    kind, at = varint.read(message, 0)
    if kind == EVENT:
        frame, at = _event_at(message, at)
        if at != len(message):
            raise FrameError("bytes behind the frame")
        return frame
    return decode(message)


def _any_frame(message: bytes) -> Frame:
    kind, at = varint.read(message, 0)
    if kind == SYNC:
        frame, at = _read_sync(message, at)
    elif kind == PRESENCE:
        frame, at = _read_presence(message, at)
    elif kind == AUTH:
        frame, at = _read_auth(message, at)
    elif kind == QUERY_PRESENCE:
        frame = QueryPresence()
    elif kind == EVENT:
        frame, at = _read_event(message, at)
    else:
        raise FrameError(f"no message has type {kind}")
    if at != len(message):
        raise FrameError(f"{len(message) - at} bytes behind the frame")
    return frame


def encode(frame: Frame) -> bytes:
    """The message that holds ``frame``."""
    match frame:
        case Update(update):
            return b"\x00\x02" + varint.write_bytes(update)
        case SyncStep1(state_vector):
            return b"\x00\x00" + varint.write_bytes(state_vector)
        case SyncStep2(update):
            return b"\x00\x01" + varint.write_bytes(update)
        case Presence(entries):
            return b"\x01" + varint.write_bytes(_presence_body(entries))
        case PermissionDenied(reason):
            return b"\x02\x00" + varint.write_text(reason)
        case QueryPresence():
            return b"\x03"
        case Event(text):
            return b"\x64" + varint.write_text(text)
        case _:
            assert_never(frame)


def saved(count: int) -> bytes:
    """The room event that tells how many document frames are safe: sent after every edit."""
    return encode(Event(f'{{"type":"saved","frames":{count}}}'))


def event(payload: dict[str, Any]) -> bytes:
    """The message that holds ``payload`` as a room event."""
    return encode(Event(json.dumps(payload, ensure_ascii=False, separators=(",", ":"))))


def _short_update(message: bytes) -> Update | None:
    size = len(message) - 3
    if 0 <= size < 0x80 and message[2] == size and message.startswith(_SHORT_UPDATE):
        return _new(Update, (message[3:],))
    return None


def _one_presence(message: bytes) -> Presence | None:
    found = _ONE_PRESENCE.match(message)
    if found is None:
        return None
    size, client, clock, length = found.groups()
    at = found.end()
    if not found.end(1) + _integer(size) == at + _integer(length) == len(message):
        return None
    try:
        state: str | None = message[at:].decode()
    except UnicodeDecodeError:
        return None
    if state == "null":
        state = None
    return _new(Presence, ((_new(PresenceEntry, (_integer(client), _integer(clock), state)),),))


@lru_cache(4096)
def _integer(data: bytes) -> int:
    return varint.read(data, 0)[0]


def _read_sync(message: bytes, at: int) -> tuple[Frame, int]:
    step, at = varint.read(message, at)
    body, at = varint.read_bytes(message, at)
    if step == _UPDATE:
        return Update(body), at
    if step == _STEP_1:
        return SyncStep1(body), at
    if step == _STEP_2:
        return SyncStep2(body), at
    raise FrameError(f"no sync message has type {step}")


def _read_presence(message: bytes, at: int) -> tuple[Frame, int]:
    body, end = varint.read_bytes(message, at)
    count, at = varint.read(body, 0)
    if count > PRESENCE_ENTRIES:
        raise FrameError(f"presence of {count} clients in one message")
    entries = []
    for _ in range(count):
        client, at = varint.read(body, at)
        clock, at = varint.read(body, at)
        state, at = varint.read_text(body, at)
        entries.append(PresenceEntry(client, clock, None if state == "null" else state))
    if at != len(body):
        raise FrameError("bytes behind the presence")
    return Presence(tuple(entries)), end


def _presence_body(entries: tuple[PresenceEntry, ...]) -> bytes:
    out = [varint.write(len(entries))]
    for entry in entries:
        state = "null" if entry.state is None else entry.state
        out += varint.write(entry.client), varint.write(entry.clock), varint.write_text(state)
    return b"".join(out)


def _read_auth(message: bytes, at: int) -> tuple[Frame, int]:
    kind, at = varint.read(message, at)
    if kind != _PERMISSION_DENIED:
        raise FrameError(f"no auth message has type {kind}")
    reason, at = varint.read_text(message, at)
    return PermissionDenied(reason), at


def _read_event(message: bytes, at: int) -> tuple[Frame, int]:
    if len(message) > EVENT_BYTES:
        raise FrameError(f"an event of more than {EVENT_BYTES} bytes")
    return _event_at(message, at)


def _event_at(message: bytes, at: int) -> tuple[Frame, int]:
    text, at = varint.read_text(message, at)
    if not isinstance(strictjson.parse_object(text).get("type"), str):
        raise FrameError("an event is a JSON object with a type")
    return Event(text), at
