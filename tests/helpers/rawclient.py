"""A hand-made client of the room's WebSocket: it may send what no honest one would."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol
from urllib.parse import urlencode

from pycrdt import Doc, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crdt import frames
from crdt.frames import Event, Frame, SyncStep1, SyncStep2, Update


class RawClient:
    """One connection; ``doc`` follows the room while messages are read."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.doc: Doc[Text] = Doc()
        self.heard: list[Frame] = []
        self._early: list[Event] = []
        """Events that came before the document did, which the server may send in any order."""

    @property
    def text(self) -> str:
        return str(self.doc.get("file:main.py", type=Text))

    async def send(self, message: bytes | str) -> None:
        """Send it; that the server has closed meanwhile is for ``close_code`` to tell."""
        with suppress(ConnectionClosed):
            await self._socket.send(message)

    async def sync(self) -> None:
        """Introduce oneself and take the document."""
        await self.send(frames.encode(SyncStep1(self.doc.get_state())))
        while not isinstance(frame := await self.next(), SyncStep2):
            if isinstance(frame, Event):
                self._early.append(frame)

    async def type(self, text: str) -> None:
        """Put ``text`` in front of main.py and send the edit."""
        before = self.doc.get_state()
        self.doc.get("file:main.py", type=Text).insert(0, text)
        await self.send(frames.encode(Update(self.doc.get_update(before))))

    async def next(self) -> Frame:
        """The next frame, applied to ``doc``."""
        message = await self._socket.recv()
        assert isinstance(message, bytes)
        frame = frames.decode(message)
        self.heard.append(frame)
        if isinstance(frame, SyncStep2 | Update):
            self.doc.apply_update(frame.update)
        return frame

    async def until(self, wanted: Any) -> Frame:
        """The next frame for which ``wanted(frame)`` holds."""
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def event(self, type_: str) -> dict[str, Any]:
        """The next room event of this type."""
        for event in self._early:
            if event.payload()["type"] == type_:
                self._early.remove(event)
                return event.payload()
        while True:
            frame = await self.next()
            if isinstance(frame, Event) and frame.payload()["type"] == type_:
                return frame.payload()

    async def close_code(self) -> int:
        """The code the server closes with; everything before is read."""
        with suppress(ConnectionClosed):
            while True:
                await self._socket.recv()
        assert self._socket.close_code is not None
        return self._socket.close_code


class Place(Protocol):
    """Where rooms are: a server, or what stands before some."""

    @property
    def ws_url(self) -> str: ...


@asynccontextmanager
async def raw_client(
    server: Place,
    session_id: str,
    ticket: str | None,
    *,
    headers: dict[str, str] | None = None,
    **params: str,
) -> AsyncIterator[RawClient]:
    """Connect to a room with any ticket, headers and query."""
    query = urlencode(({} if ticket is None else {"ticket": ticket}) | params)
    url = f"{server.ws_url}/ws/rooms/{session_id}?{query}"
    async with connect(url, additional_headers=headers, max_size=None) as socket:
        yield RawClient(socket)


def event(payload: dict[str, Any]) -> bytes:
    """A room event as sent, also one the server does not know."""
    return frames.encode(Event(json.dumps(payload)))
