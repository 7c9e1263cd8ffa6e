"""The head of a request is bounded, whatever it is made of, and must arrive in time; a server that
stops leaves none without an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from server.http import HEAD_BYTES, BoundedHttp
from tests.helpers.server import ServerProcess

END = b" HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(server: ServerProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=30)


def forever(piece: bytes, size: int = 4 * 1024 * 1024) -> Iterator[bytes]:
    yield from (piece for _ in range(size // len(piece)))


def send_all(client: socket.socket, pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        client.sendall(piece)


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET /", b"a" * 8192),
        (b"GET /health HTTP/1.1\r\nX: ", b"a" * 8192),
        (b"GET /health HTTP/1.1\r\n", b"X-Y: " + b"a" * 1000 + b"\r\n"),
        (b"GET /health HTTP/1.1\r\nX", b"a" * 8192),
    ],
    ids=["line", "value", "headers", "name"],
)
def test_an_endless_head_is_cut_off(
    server_process: ServerProcess, start: bytes, piece: bytes
) -> None:
    with connect(server_process) as client:
        client.sendall(start)
        with pytest.raises(OSError, match=r"pipe|reset"):
            send_all(client, forever(piece))
    with connect(server_process) as client:
        client.sendall(b"GET /health" + END)
        assert client.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"0\r\n", b"X-Y: " + b"a" * 1000 + b"\r\n"),
        (b"0\r\n", b"a:b\r\n" * 1000),
        (b"0\r\nX: ", b"a" * 8192),
        (b"1;", b"a" * 8192),
    ],
    ids=["trailers", "small-trailers", "trailer", "extension"],
)
def test_endless_words_beside_a_body_in_chunks_are_cut_off(
    server_process: ServerProcess, start: bytes, piece: bytes
) -> None:
    with connect(server_process) as client:
        client.sendall(
            b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        client.sendall(start)
        with pytest.raises(OSError, match=r"pipe|reset"):
            send_all(client, forever(piece))


def test_a_long_body_in_chunks_with_a_word_beside_each_is_fine(
    protocol: BoundedHttp, wire: Wire
) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        protocol.data_received(b"400;x=y\r\n" + b"a" * 1024 + b"\r\n")
    protocol.data_received(b"0\r\nX: y\r\n\r\n")
    protocol.data_received(b"GET / HTTP/1.1\r\nX: " + b"a" * 16_000)
    assert not wire.closed


def test_who_sends_too_much_is_told(server_process: ServerProcess) -> None:
    with connect(server_process) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nX: " + b"a" * (HEAD_BYTES + 1))
        assert client.recv(100).startswith(b"HTTP/1.1 431")


def test_a_long_head_and_many_requests_on_one_connection_are_fine(
    server_process: ServerProcess,
) -> None:
    with connect(server_process) as client:
        for _ in range(5):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 16_000 + b"\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                answer += client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")


class Clock(asyncio.SelectorEventLoop):
    """A loop whose timers the test lets go off."""

    def __init__(self) -> None:
        super().__init__()
        self.due: list[asyncio.TimerHandle] = []

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self.time() + delay, callback, args, self)
        self.due.append(handle)
        return handle

    def _timer_handle_cancelled(self, handle: Any) -> None: ...

    def pass_time(self) -> None:
        due, self.due = self.due, []
        for handle in due:
            if not handle.cancelled():
                handle._run()


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.said = b""

    def write(self, data: Any) -> None:
        self.said += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


@pytest.fixture
def clock() -> Iterator[Clock]:
    loop = Clock()
    yield loop
    loop.close()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def protocol(clock: Clock, wire: Wire) -> Iterator[BoundedHttp]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    made = BoundedHttp(
        uvicorn.Config(app, http=BoundedHttp, interface="asgi3"), ServerState(), {}, clock
    )
    made.connection_made(wire)
    yield made
    for task in asyncio.all_tasks(clock):
        clock.run_until_complete(task)


@pytest.mark.parametrize("came", [b"", b"G", b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_head_that_does_not_come_closes_the_connection(
    protocol: BoundedHttp, clock: Clock, wire: Wire, came: bytes
) -> None:
    if came:
        protocol.data_received(came)
    clock.pass_time()
    assert wire.closed


def test_a_head_that_came_waits_for_nothing(
    protocol: BoundedHttp, clock: Clock, wire: Wire
) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    clock.pass_time()
    assert not wire.closed


def test_the_rest_of_a_body_that_nobody_reads_is_not_listened_to_for_ever(
    protocol: BoundedHttp, clock: Clock, wire: Wire
) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    protocol.on_response_complete()
    protocol.data_received(b"1")
    clock.pass_time()
    assert wire.closed


# -- stopping ----------------------------------------------------------------------------------


@pytest.mark.parametrize("came", [b"", b"GET / HTTP/1.1\r\n"], ids=["nothing", "half a head"])
def test_a_request_that_was_on_its_way_when_the_server_stops_is_answered_as_the_last(
    protocol: BoundedHttp, clock: Clock, wire: Wire, came: bytes
) -> None:
    protocol.data_received(came)
    protocol.shutdown()
    assert not wire.closed
    protocol.data_received((b"GET /" + END).removeprefix(came))
    clock.run_until_complete(asyncio.gather(*asyncio.all_tasks(clock)))
    assert wire.said.startswith(b"HTTP/1.1 204")
    assert b"connection: close" in wire.said
    assert wire.closed


def test_between_two_requests_too(protocol: BoundedHttp, clock: Clock, wire: Wire) -> None:
    protocol.data_received(b"GET /" + END)
    clock.run_until_complete(asyncio.gather(*asyncio.all_tasks(clock)))
    assert not wire.closed
    protocol.shutdown()
    protocol.data_received(b"GET /" + END)
    clock.run_until_complete(asyncio.gather(*asyncio.all_tasks(clock)))
    assert wire.said.count(b"HTTP/1.1 204") == 2
    assert wire.closed


def test_a_connection_without_a_request_is_closed_a_moment_after_the_server_was_told_to_stop(
    protocol: BoundedHttp, clock: Clock, wire: Wire
) -> None:
    protocol.data_received(b"GET /" + END)
    clock.run_until_complete(asyncio.gather(*asyncio.all_tasks(clock)))
    protocol.shutdown()
    clock.pass_time()
    assert wire.closed


def test_nobody_is_let_into_a_room_of_a_server_that_stops(
    protocol: BoundedHttp, wire: Wire
) -> None:
    protocol.shutdown()
    protocol.data_received(
        b"GET /ws/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert wire.closed
    assert wire.said == b""
