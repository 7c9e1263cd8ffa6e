"""RFC 6455 holds on the fast path, however the bytes are cut.

Every stream of client bytes is given whole, byte by byte and cut in two at every place; what
reaches the room and what is answered must be what the library alone makes of it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from crdt.errors import CloseCode
from server.rooms.fast import EXTENSION, Lane, RoomProtocol
from server.rooms.reader import Reader
from server.rooms.wire import Turn
from tests.helpers.embedded import eventually
from tests.rooms.test_reader import Ear

MAX_SIZE = 70_000
KEY = b"\x11\x22\x33\x44"
HANDSHAKE = (
    b"GET /ws/rooms/1 HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    masked: bool = True,
    rsv: int = 0,
    length: int | None = None,
) -> bytes:
    """A client's frame; ``length`` forces 2 or 8 bytes for the size."""
    size = len(payload)
    if length == 8 or size >= 1 << 16:
        head, extended = 127, size.to_bytes(8, "big")
    elif length == 2 or size >= 126:
        head, extended = 126, size.to_bytes(2, "big")
    else:
        head, extended = size, b""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if not masked:
        return bytes((first, head)) + extended + payload
    body = bytes(byte ^ KEY[index % 4] for index, byte in enumerate(payload))
    return bytes((first, 0x80 | head)) + extended + KEY + body


CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

STREAMS = {
    "empty message": frame(BINARY),
    "one byte": frame(BINARY, b"x"),
    "several": b"".join(frame(BINARY, bytes([n]) * n) for n in range(6)),
    "125 bytes": frame(BINARY, b"a" * 125) + frame(BINARY, b"b"),
    "126 bytes": frame(BINARY, b"a" * 126) + frame(BINARY, b"b"),
    "127 bytes": frame(BINARY, b"a" * 127) + frame(BINARY, b"b"),
    "300 bytes": frame(BINARY, bytes(range(256)) + b"a" * 44),
    "size not in its shortest form": frame(BINARY, b"abc", length=2) + frame(BINARY, b"b"),
    "size in eight bytes": frame(BINARY, b"abc", length=8) + frame(BINARY, b"b"),
    "ping between": frame(BINARY, b"a") + frame(PING, b"hello") + frame(BINARY, b"b"),
    "pong unasked": frame(PONG, b"x") + frame(BINARY, b"b"),
    "fragments": frame(BINARY, b"a", fin=False)
    + frame(CONT, b"b", fin=False)
    + frame(CONT, b"c")
    + frame(BINARY, b"d"),
    "ping among fragments": frame(BINARY, b"a", fin=False)
    + frame(PING, b"?")
    + frame(CONT, b"b")
    + frame(BINARY, b"c"),
    "empty fragments": frame(BINARY, b"", fin=False) + frame(CONT, b"") + frame(BINARY, b"z"),
    "text": frame(BINARY, b"a") + frame(TEXT, "é".encode()) + frame(BINARY, b"b"),
    "text in fragments": frame(TEXT, b"\xc3", fin=False) + frame(CONT, b"\xa9"),
    "close": frame(BINARY, b"a") + frame(CLOSE, b"\x03\xe8bye") + frame(BINARY, b"late"),
    "close without a code": frame(CLOSE) + frame(BINARY, b"late"),
    "message begun inside another": frame(BINARY, b"a", fin=False) + frame(BINARY, b"b"),
    "continuation of nothing": frame(BINARY, b"a") + frame(CONT, b"b"),
    "not masked": frame(BINARY, b"a") + frame(BINARY, b"b", masked=False),
    "reserved bits": frame(BINARY, b"a") + frame(BINARY, b"b", rsv=4),
    "reserved opcode": frame(BINARY, b"a") + frame(3, b"b"),
    "reserved control opcode": frame(BINARY, b"a") + frame(11),
    "control frame in fragments": frame(BINARY, b"a") + frame(PING, b"b", fin=False),
    "control frame too long": frame(BINARY, b"a") + frame(PING, b"b" * 126),
    "close code that may not be sent": frame(CLOSE, (1005).to_bytes(2, "big")),
    "close code cut": frame(CLOSE, b"\x03"),
    "close inside a message": frame(BINARY, b"a", fin=False) + frame(CLOSE, b"\x03\xe8"),
}

LARGE = {
    "65,535 bytes": frame(BINARY, b"a" * 65_535) + frame(BINARY, b"b"),
    "65,536 bytes": frame(BINARY, b"a" * 65_536) + frame(BINARY, b"b"),
    "too large": frame(BINARY, b"a" * (MAX_SIZE + 1)) + frame(BINARY, b"b"),
    "fragments too large": frame(BINARY, b"a" * 60_000, fin=False) + frame(CONT, b"a" * 60_000),
}


@dataclass
class Outcome:
    """What the room got and what the client was answered."""

    messages: list[bytes | None] = field(default_factory=list)
    """Binary messages; None stands for a text."""
    answered: bytes = b""
    closed: bool = False


def by_the_library(stream: bytes) -> Outcome:
    """What websockets' own state machine makes of ``stream``, given whole."""
    protocol = ServerProtocol(max_size=MAX_SIZE)
    protocol.receive_data(HANDSHAKE)
    [request] = protocol.events_received()
    assert isinstance(request, Request)
    protocol.send_response(protocol.accept(request))
    protocol.data_to_send()
    protocol.receive_data(stream)
    outcome = Outcome()
    parts: list[bytes] = []
    kind = BINARY
    for event in protocol.events_received():
        assert isinstance(event, Frame)
        if event.opcode in (Opcode.TEXT, Opcode.BINARY):
            kind, parts = int(event.opcode), []
        if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            parts.append(bytes(event.data))
            if event.fin:
                outcome.messages.append(b"".join(parts) if kind == BINARY else None)
    outcome.answered = b"".join(protocol.data_to_send())
    outcome.closed = protocol.close_expected()
    return outcome


class RecordingTransport(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.socket: socket.socket | None = None

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.socket if name == "socket" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closing, "written after the end"
        self.written += data

    def close(self) -> None:
        self.closing = True

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class RecordingGuest:
    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self.lost_times = 0

    def message(self, message: bytes) -> None:
        assert type(message) is bytes
        self._outcome.messages.append(message)

    def text(self) -> None:
        self._outcome.messages.append(None)

    def lost(self) -> None:
        self.lost_times += 1


class FastConnection:
    """A connection that was handed over, on a transport of the test's."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = reader
        self.outcome = Outcome()
        self.guest = RecordingGuest(self.outcome)
        self.accepted = asyncio.Event()
        self.admitted = asyncio.Event()
        self.entered = asyncio.Event()
        config = Config(
            self._app,
            interface="asgi3",
            log_level="critical",
            ws_max_size=MAX_SIZE,
            ws_per_message_deflate=False,
        )
        self.protocol = RoomProtocol(config, ServerState(), {})
        self.transport = RecordingTransport()

    async def _app(self, scope: dict, receive, send) -> None:  # type: ignore[no-untyped-def,type-arg]
        await receive()
        await send({"type": "websocket.accept"})
        self.accepted.set()
        await self.admitted.wait()
        scope["extensions"][EXTENSION](lambda _: self.guest, self.reader)
        self.entered.set()

    async def open(self, early: bytes = b"") -> None:
        """Shake hands and enter; ``early`` comes in between, while the room is being opened."""
        self.protocol.connection_made(self.transport)
        self.protocol.data_received(HANDSHAKE)
        await self.accepted.wait()
        if early:
            self.protocol.data_received(early)
        self.admitted.set()
        await self.entered.wait()
        self.transport.written = self.transport.written.partition(b"\r\n\r\n")[2]

    def give(self, pieces: Iterator[bytes]) -> Outcome:
        for piece in pieces:
            if self.transport.closing:
                break  # nobody reads any more
            self.protocol.data_received(piece)
        self.outcome.answered = self.transport.written
        self.outcome.closed = self.transport.closing
        return self.outcome

    @property
    def lane(self) -> Lane:
        assert self.protocol.lane is not None
        return self.protocol.lane

    def end(self) -> None:
        self.protocol.connection_lost(None)


async def outcome_of(pieces: Iterator[bytes]) -> Outcome:
    connection = FastConnection()
    await connection.open()
    try:
        return connection.give(pieces)
    finally:
        connection.end()


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_means_the_same_however_it_is_cut(name: str) -> None:
    stream = STREAMS[name]
    expected = by_the_library(stream)
    assert await outcome_of(iter([stream])) == expected
    assert await outcome_of(bytes([byte]) for byte in stream) == expected
    for cut in range(1, len(stream)):
        assert await outcome_of(iter([stream[:cut], stream[cut:]])) == expected, cut


@pytest.mark.parametrize("name", LARGE)
async def test_a_large_stream_means_the_same_in_pieces_of_any_size(name: str) -> None:
    stream = LARGE[name]
    expected = by_the_library(stream)
    for size in (len(stream), 65_536, 4_096, 1_447):
        pieces = (stream[at : at + size] for at in range(0, len(stream), size))
        assert await outcome_of(pieces) == expected, size


@pytest.mark.parametrize("name", STREAMS)
async def test_what_comes_before_the_room_is_entered_is_not_lost(name: str) -> None:
    stream = STREAMS[name]
    expected = by_the_library(stream)
    connection = FastConnection()
    await connection.open(early=stream)
    assert connection.outcome.messages == expected.messages
    connection.end()


async def test_the_shortcut_is_taken_whenever_a_frame_may_begin() -> None:
    connection = FastConnection()
    await connection.open()
    seen = connection.protocol
    plain, fragment = frame(BINARY, b"abc"), frame(BINARY, b"abc", fin=False)

    def given(data: bytes) -> bool:
        seen.data_received(data)
        assert seen.lane is not None
        return seen.lane.plain

    assert given(b"")
    assert given(plain + plain)
    assert not given(plain[:1])
    assert given(plain[1:])
    assert not given(plain + plain[:-1])
    assert given(plain[-1:])
    assert given(frame(PING))
    assert not given(fragment)
    assert not given(frame(PING))
    assert not given(frame(CONT, b"d", fin=False))
    assert given(frame(CONT, b"e"))
    assert given(plain)
    assert not given(frame(CLOSE))
    connection.end()


async def test_text_that_is_not_utf_8_is_closed_with_1007() -> None:
    stream = frame(BINARY, b"a") + frame(TEXT, b"\xff") + frame(BINARY, b"b")
    for pieces in ([stream], [bytes([byte]) for byte in stream]):
        outcome = await outcome_of(iter(pieces))
        assert outcome.messages == [b"a"]
        assert outcome.answered[2:4] == (1007).to_bytes(2, "big")


async def test_what_the_room_sends_leaves_in_order_and_nothing_after_the_close() -> None:
    connection = FastConnection()
    await connection.open()
    connection.lane.write(b"\x82\x01a\x82\x01b")
    connection.protocol.data_received(frame(PING, b"?"))
    connection.lane.write(b"\x82\x01c")
    connection.lane.close(CloseCode.TOO_FAST, "late")
    connection.lane.write(b"\x82\x01d")
    connection.lane.close(CloseCode.TOO_FAST, "again")
    written = connection.transport.written
    assert written.startswith(b"\x82\x01a\x82\x01b\x8a\x01?\x82\x01c\x88")
    assert written.endswith(b"late")
    connection.protocol.data_received(frame(BINARY, b"too late"))
    assert connection.outcome.messages == []
    connection.protocol.data_received(frame(CLOSE, int(CloseCode.TOO_FAST).to_bytes(2, "big")))
    assert connection.transport.closing
    connection.end()
    assert connection.guest.lost_times == 1


async def test_one_that_was_lost_while_its_room_was_opened_takes_nobody_s_socket() -> None:
    """Its number may be another connection's by then, whose messages would go astray."""
    reader = Reader(Turn())
    ours, theirs = socket.socketpair()
    connection = FastConnection(reader)
    connection.protocol.connection_made(connection.transport)
    connection.protocol.data_received(HANDSHAKE)
    await connection.accepted.wait()
    connection.transport.socket = ours  # what a number that was given again leads to
    connection.protocol.connection_lost(None)
    heard: list[bytes] = []
    ours.setblocking(False)
    reader.add(ours.fileno(), Ear(heard.append))
    connection.admitted.set()
    await connection.entered.wait()
    theirs.send(b"for the other")
    await eventually(lambda: heard == [b"for the other"], "the other's message")
    assert connection.guest.lost_times == 1
    assert connection.outcome.messages == []
    reader.close()
    ours.close()
    theirs.close()


async def test_a_client_that_does_not_answer_the_close_is_cut() -> None:
    connection = FastConnection()
    await connection.open()
    connection.lane.close(CloseCode.SESSION_ENDED, "over")
    timer = connection.protocol.close_timer
    assert timer is not None
    assert not connection.transport.closing
    timer._run()  # its time has come
    assert connection.transport.closing
    connection.end()
