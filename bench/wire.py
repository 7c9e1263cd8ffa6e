"""A load generator's WebSocket: raw frames over asyncio, nothing decoded that is not needed.

The generator must not be the bottleneck, so frames are encoded beforehand and masked with
the zero key (RFC 6455 section 5.3 allows any), which leaves the payload as it is.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from urllib.parse import urlsplit

from crdt import varint

BINARY = 0x82
PING, CLOSE = 0x89, 0x88

OnMessage = Callable[["Wire", bytes], None]


def client_frame(payload: bytes, opcode: int = BINARY) -> bytes:
    """One whole masked frame that carries ``payload``."""
    size = len(payload)
    if size < 126:
        head = bytes((opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class Wire(asyncio.Protocol):
    """One connection. ``on_message(wire, message)`` gets every binary message as it arrives,
    the first ones perhaps before ``connect`` has returned."""

    def __init__(self, on_message: OnMessage) -> None:
        self.on_message = on_message
        self.transport: asyncio.Transport
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""

    async def upgrade(self, url: str) -> None:
        """Make the HTTP upgrade. Raises ``ConnectionError`` when it is refused."""
        parts = urlsplit(url)
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self._upgraded

    def send(self, payload: bytes) -> None:
        self.transport.write(client_frame(payload))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(1006)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded.done() and not self._take_answer():
            return
        at, data = 0, self._buffer
        while (frame := _server_frame(data, at)) is not None:
            opcode, start, at = frame
            if opcode == BINARY:
                self.on_message(self, data[start:at])
            elif opcode == PING:
                self.transport.write(client_frame(data[start:at], 0x8A))
            elif opcode == CLOSE and not self.closed.done():
                self.closed.set_result(int.from_bytes(data[start : start + 2], "big"))
        self._buffer = data[at:]

    def _take_answer(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            self._upgraded.set_exception(ConnectionError(head.decode(errors="replace")))
            return False
        self._buffer = rest
        self._upgraded.set_result(None)
        return True


async def connect(url: str, on_message: OnMessage) -> Wire:
    """Open one connection."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(on_message), parts.hostname, parts.port)
    await wire.upgrade(url)
    return wire


def _server_frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """The unmasked frame at ``at``: its opcode, where its payload starts and ends."""
    if len(data) - at < 2:
        return None
    size, start = data[at + 1], at + 2
    if size >= 126:
        width = 2 if size == 126 else 8
        size, start = int.from_bytes(data[start : start + width], "big"), start + width
    end = start + size
    return (data[at], start, end) if end <= len(data) else None


def append_update(client: int, clock: int, letter: bytes) -> bytes:
    """The Yjs update of one typed letter: behind the client's last, its first at the front."""
    name = varint.write(client)
    head = b"\x01\x01" + name + varint.write(clock)
    if clock == 0:
        return head + b"\x04\x01" + varint.write_text("file:main.py") + b"\x01" + letter + b"\x00"
    return head + b"\x84" + name + varint.write(clock - 1) + b"\x01" + letter + b"\x00"
