"""What the workers that have one room open tell each other, as bytes on the bus and as values.

An edit travels as the frame that clients get. Everything else begins with a byte that no frame of
y-protocols begins with.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from crdt import frames
from crdt.errors import FrameError
from crdt.replica import Peer, Role

EVENT: Final = 120
ASK: Final = 121
ANSWER: Final = 122
REST: Final = 123
MOVED: Final = 124
TOLD: Final = 125
TYPED: Final = 126

_LENGTH: Final = struct.Struct(">I")
_TYPED: Final = struct.Struct(">BBI")


class Edit(NamedTuple):
    """Somebody's edit, in the order in which its worker took it."""

    update: bytes
    frame: bytes
    """The frame that carries it, as clients get it."""


class Typed(NamedTuple):
    """A keystroke: an edit and where it left the cursor of whoever made it."""

    edit: Edit
    peer: str
    presence: bytes
    """A presence frame."""


class Happened(NamedTuple):
    """An event: of the room, or between workers. A dictionary with a ``type``."""

    payload: dict[str, Any]


class Ask(NamedTuple):
    """ "This is what I have": the document's state vector, and who is here at my place."""

    state_vector: bytes
    state: dict[str, Any]


class Answer(NamedTuple):
    """What the asker lacks, and what the one who answers has; to the asker alone."""

    state_vector: bytes
    update: bytes
    state: dict[str, Any]


class Rest(NamedTuple):
    """What the one who answered lacked; to that one alone."""

    update: bytes


class Moved(NamedTuple):
    """Presence of a connection of the worker that tells it."""

    peer: str
    presence: bytes
    """A presence frame."""


class Told(NamedTuple):
    """A message for one connection of the worker that is told."""

    peer: str
    message: bytes


Message = Edit | Typed | Happened | Ask | Answer | Rest | Moved | Told


def identity(peer: Peer) -> dict[str, Any]:
    """Who somebody is, for other workers."""
    return {
        "id": peer.id,
        "user": peer.user_id,
        "name": peer.name,
        "role": peer.role.value,
        "events": peer.events,
    }


def peer_of(who: dict[str, Any]) -> Peer:
    """The same as a peer."""
    role = Role(who["role"])
    return Peer(who["id"], who["user"], who["name"], role, events=bool(who["events"]))


def event(payload: dict[str, Any]) -> bytes:
    return bytes((EVENT,)) + _json(payload)


def ask(state_vector: bytes, state: dict[str, Any]) -> bytes:
    return _packed(ASK, state_vector, _json(state))


def answer(state_vector: bytes, update: bytes, state: dict[str, Any]) -> bytes:
    return _packed(ANSWER, state_vector, update, _json(state))


def rest(update: bytes) -> bytes:
    return _packed(REST, update)


def typed(edit: bytes, peer: str, presence: bytes) -> bytes:
    """``edit``: its frame."""
    name = peer.encode()
    return b"".join((_TYPED.pack(TYPED, len(name), len(edit)), name, edit, presence))


def moved(peer: str, presence: bytes) -> bytes:
    return _packed(MOVED, peer.encode(), presence)


def told(peer: str, message: bytes) -> bytes:
    return _packed(TOLD, peer.encode(), message)


def decode(message: bytes) -> Message:
    """What another worker said. Raises ``FrameError`` for anything that none says."""
    kind = message[0] if message else 0
    try:
        if kind < EVENT:
            return _edit(message)
        if kind == TYPED:
            _, length, size = _TYPED.unpack_from(message)
            name = _TYPED.size + length
            end = name + size
            return Typed(
                _edit(message[name:end]), message[_TYPED.size : name].decode(), message[end:]
            )
        if kind == EVENT:
            return Happened(_object(message[1:]))
        if kind == ASK:
            state_vector, state = _parts(message, 2)
            return Ask(state_vector, _object(state))
        if kind == ANSWER:
            state_vector, update, state = _parts(message, 3)
            return Answer(state_vector, update, _object(state))
        if kind == REST:
            (update,) = _parts(message, 1)
            return Rest(update)
        if kind in (MOVED, TOLD):
            peer, body = _parts(message, 2)
            return (Moved if kind == MOVED else Told)(peer.decode(), body)
    except (ValueError, struct.error) as error:
        raise FrameError(f"not what workers tell each other: {error}") from error
    raise FrameError(f"workers tell each other nothing of kind {kind}")


def _edit(frame: bytes) -> Edit:
    decoded = frames.decode(frame)
    if isinstance(decoded, frames.Update):
        return Edit(decoded.update, frame)
    raise FrameError("no worker sends such a frame to another")


def _packed(kind: int, *parts: bytes) -> bytes:
    out = [bytes((kind,))]
    for part in parts:
        out += _LENGTH.pack(len(part)), part
    return b"".join(out)


def _parts(message: bytes, count: int) -> Sequence[bytes]:
    at, found = 1, []
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(message, at)
        at += _LENGTH.size
        if at + length > len(message):
            raise ValueError("too short")
        found.append(message[at : at + length])
        at += length
    return found


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _object(data: bytes) -> dict[str, Any]:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise FrameError("not an object")
    return value
