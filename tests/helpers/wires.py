"""A socket for tests of rooms: it keeps what was sent and is closed when told."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import Any

from crdt import frames, varint
from crdt.errors import CloseCode
from crdt.frames import Event, Frame
from crdt.replica import Peer, Role
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.rooms.wire import unframed
from server.store.members import Removal

_number = count(1)


async def nobody(session_id: str) -> list[Removal]:
    """For a hub: nobody was ever removed."""
    return []


class RecordingSocket:
    """Implements ``server.rooms.connection.Socket``."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.messages: list[bytes] = []
        self.writes = 0
        self.closed: tuple[CloseCode, str] | None = None
        self._stuck = stuck

    def write(self, frames: bytes) -> int:
        self.writes += 1
        self.messages += unframed(frames)
        return sum(map(len, self.messages)) if self._stuck else 0

    def close(self, code: CloseCode, reason: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (code, reason)


class Client:
    """A peer whose connection records: what it got, as frames and events."""

    def __init__(
        self, role: Role = Role.HOST, *, user: str | None = None, stuck: bool = False
    ) -> None:
        name = user or f"user{next(_number)}"
        self.peer = Peer(f"{name}-{next(_number)}", name, name.title(), role, events=True)
        self.socket = RecordingSocket(stuck=stuck)

    def enter(self, hub: Hub, room: Room) -> None:
        """Join ``room``."""
        self.connection = hub.join(room, self.peer, self.socket)

    @property
    def frames(self) -> list[Frame]:
        return [decoded(message) for message in self.socket.messages]

    def got(self, kind: type[Frame]) -> list[Frame]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def events(self, type_: str) -> list[dict[str, Any]]:
        heard = [json.loads(frame.text) for frame in self.frames if isinstance(frame, Event)]
        return [event for event in heard if event["type"] == type_]

    def forget(self) -> None:
        self.socket.messages.clear()

    @property
    def close_code(self) -> CloseCode | None:
        return self.socket.closed[0] if self.socket.closed else None


def decoded(message: bytes) -> Frame:
    """What a client was sent; events may be larger than those that clients may send."""
    if message[:1] == b"\x64":
        return Event(varint.read_text(message, 1)[0])
    return frames.decode(message)


async def turn_over() -> None:
    """Let a turn of the event loop end: what was sent in it is then written."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
