"""A load generator's WebSockets: plain sockets under epoll, frames encoded beforehand.

The generator must not be the bottleneck: no event loop's tasks, no WebSocket library, no thread.
Frames are masked with the zero key (RFC 6455 section 5.3 allows any), which leaves the payload as
it is.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

BINARY = 0x82
PING, PONG, CLOSE = 0x89, 0x8A, 0x88

READ_BYTES = 1 << 18

OnOpen = Callable[[], None]
OnMessage = Callable[[bytes, float], None]


class Refused(Exception):
    """The server did not take the connection, or ended it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one connection goes: what it asks for includes a ticket where there is one."""

    port: int
    path: str


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


class Loop:
    """All connections of a scenario. Nothing is received but inside ``poll``."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._wires: dict[int, Wire] = {}

    def connect(self, address: Address, on_open: OnOpen, on_message: OnMessage) -> Wire:
        """Open one connection and ask for the upgrade."""
        wire = Wire(address, on_open, on_message)
        self._wires[wire.fileno()] = wire
        self._epoll.register(wire.fileno(), select.EPOLLIN)
        return wire

    def poll(self, seconds: float) -> None:
        """Read what has arrived, waiting up to ``seconds`` for something."""
        # epoll counts in milliseconds, select in microseconds; an epoll is a file like others
        if seconds > 0 and not select.select([self._epoll], [], [], seconds)[0]:
            return
        for number, _ in self._epoll.poll(0):
            wire = self._wires[number]
            if not wire.read():
                self.close(wire)

    def until(self, met: Callable[[], object], what: str, seconds: float = 60.0) -> None:
        """Poll until a condition holds. Raises ``TimeoutError`` if it does not in time."""
        give_up = time.perf_counter() + seconds
        while not met():
            if time.perf_counter() > give_up:
                raise TimeoutError(f"waited {seconds:.0f} s for {what}")
            self.poll(0.01)

    def close(self, wire: Wire) -> None:
        """End one connection, as a page that is closed does."""
        if self._wires.pop(wire.fileno(), None) is not None:
            self._epoll.unregister(wire.fileno())
            wire.close()

    def close_all(self) -> None:
        for wire in list(self._wires.values()):
            self.close(wire)
        self._epoll.close()


class Wire:
    """One connection. ``on_open()`` is called when the upgrade was made, ``on_message(message,
    now)`` for every binary message."""

    __slots__ = (
        "_fileno",
        "_on_message",
        "_on_open",
        "_rest",
        "_socket",
        "close_code",
        "open",
        "upgraded",
    )

    def __init__(self, address: Address, on_open: OnOpen, on_message: OnMessage) -> None:
        self._on_open = on_open
        self._on_message = on_message
        self._rest = b""
        self.upgraded = False
        self.open = True
        self.close_code: int | None = None
        self._socket = socket.create_connection(("127.0.0.1", address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fileno = self._socket.fileno()
        key = base64.b64encode(os.urandom(16)).decode()
        self.write(
            f"GET {address.path} HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def fileno(self) -> int:
        return self._fileno

    def write(self, frames: bytes) -> None:
        """Send bytes that are frames already."""
        self._socket.sendall(frames)

    def send(self, payload: bytes) -> None:
        self.write(client_frame(payload))

    def read(self) -> bool:
        """Take what has arrived; whether the connection is still there."""
        try:
            data = self._socket.recv(READ_BYTES)
        except ConnectionResetError:
            data = b""
        if not data:
            self.open = False
            return False
        now = time.perf_counter()
        if self._rest:
            data = self._rest + data
        at = 0 if self.upgraded else self._take_answer(data)
        while self.upgraded and (frame := _server_frame(data, at)) is not None:
            opcode, start, at = frame
            if opcode == BINARY:
                self._on_message(data[start:at], now)
            elif opcode == PING:
                self.write(client_frame(data[start:at], PONG))
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(data[start : start + 2], "big")
        self._rest = data[at:]
        return True

    def close(self) -> None:
        self.open = False
        self._socket.close()

    def _take_answer(self, data: bytes) -> int:
        """How many bytes the answer to the upgrade has, 0 while it is not whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if b" 101 " not in data[: data.find(b"\r\n")]:
            raise Refused(data.decode(errors="replace"))
        self.upgraded = True
        self._on_open()
        return end + 4


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
