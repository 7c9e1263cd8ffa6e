"""Reading the sockets of rooms: each when it has something, many at a time when many have."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest

from server.rooms.reader import BUSY_WAKES, READ_BYTES, Reader
from server.rooms.wire import Turn
from tests.helpers.embedded import eventually


class Ear:
    """What is read for: it keeps what arrives."""

    def __init__(self, on_data: Callable[[bytes], None] = lambda data: None) -> None:
        self.heard = b""
        self.ends: list[Exception | None] = []
        self._on_data = on_data

    def data_received(self, data: bytes) -> None:
        self.heard += data
        self._on_data(data)

    def eof(self, error: Exception | None) -> None:
        self.ends.append(error)


class Line:
    """A connection over loopback: ``far`` is the client's end, ``near`` is read."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.far = socket.create_connection(listener.getsockname())
            self.near, _ = listener.accept()
        self.near.setblocking(False)

    def close(self) -> None:
        self.far.close()
        self.near.close()


@pytest.fixture
async def turn() -> Turn:
    return Turn()


@pytest.fixture
async def reader(turn: Turn) -> AsyncIterator[Reader]:
    made = Reader(turn)
    yield made
    made.close()


@pytest.fixture
def make_line() -> Iterator[Callable[[], Line]]:
    with ExitStack() as stack:

        def make() -> Line:
            line = Line()
            stack.callback(line.close)
            return line

        yield make


MakeLine = Callable[[], Line]


async def test_what_arrives_is_read(reader: Reader, make_line: MakeLine) -> None:
    line, ear = make_line(), Ear()
    reader.add(line.near.fileno(), ear)
    line.far.sendall(b"hello")
    await eventually(lambda: ear.heard == b"hello", "the bytes")


async def test_more_than_one_reading_holds_arrives_whole(
    reader: Reader, make_line: MakeLine
) -> None:
    line, ear = make_line(), Ear()
    reader.add(line.near.fileno(), ear)
    data = bytes(range(256)) * (8 * READ_BYTES // 256)
    await asyncio.get_running_loop().run_in_executor(None, line.far.sendall, data)
    await eventually(lambda: len(ear.heard) == len(data), "all bytes")
    assert ear.heard == data


async def test_a_turn_ends_when_all_have_been_read(
    turn: Turn, reader: Reader, make_line: MakeLine
) -> None:
    told: list[str] = []
    lines = [make_line() for _ in range(5)]
    ears = []
    for number, line in enumerate(lines):

        def on_data(data: bytes, number: int = number) -> None:
            told.append(f"read {number}")
            turn.then(lambda: told.append("end"))

        ears.append(Ear(on_data))
        reader.add(line.near.fileno(), ears[-1])
        line.far.sendall(b"x")
    await eventually(lambda: told.count("end") == 5, "the end of the turn")
    assert all(each.startswith("read") for each in told[:5]), told
    assert told[5:] == ["end"] * 5


async def test_while_many_speak_nothing_is_lost_and_afterwards_one_alone_is_heard(
    reader: Reader, make_line: MakeLine
) -> None:
    lines, ears = [make_line() for _ in range(8)], [Ear() for _ in range(8)]
    for line, ear in zip(lines, ears, strict=True):
        reader.add(line.near.fileno(), ear)
    sent = b""
    for number in range(40 * BUSY_WAKES):
        sent += bytes([number % 251])
        for line in lines:
            line.far.sendall(sent[-1:])
        await asyncio.sleep(0)
    await eventually(lambda: all(ear.heard == sent for ear in ears), "every byte in order")
    # as after a long silence: no round finds anything, so that it waits to be woken again
    await eventually(lambda: reader._wakes == 0, "the reader to wait")
    lines[3].far.sendall(b"!")
    await eventually(lambda: ears[3].heard == sent + b"!", "the one")


async def test_the_end_is_told_once_and_what_came_before_it_is_not_lost(
    reader: Reader, make_line: MakeLine
) -> None:
    line, ear = make_line(), Ear()
    reader.add(line.near.fileno(), ear)
    line.far.sendall(b"bye")
    line.far.close()
    await eventually(lambda: ear.ends, "the end")
    assert (ear.heard, ear.ends) == (b"bye", [None])
    reader.remove(line.near.fileno(), ear)
    assert ear.ends == [None]


async def test_a_connection_that_is_reset_is_told_with_its_error(
    reader: Reader, make_line: MakeLine
) -> None:
    line, ear = make_line(), Ear()
    reader.add(line.near.fileno(), ear)
    line.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.far.close()
    await eventually(lambda: ear.ends, "the end")
    assert isinstance(ear.ends[0], ConnectionResetError)


async def test_one_that_fails_is_ended_and_the_others_are_read(
    reader: Reader, make_line: MakeLine
) -> None:
    def fail(data: bytes) -> None:
        raise RuntimeError("a bug")

    bad, good = make_line(), make_line()
    failing, ear = Ear(fail), Ear()
    reader.add(bad.near.fileno(), failing)
    reader.add(good.near.fileno(), ear)
    bad.far.sendall(b"x")
    good.far.sendall(b"y")
    await eventually(lambda: failing.ends and ear.heard == b"y", "both")
    assert isinstance(failing.ends[0], RuntimeError)
    good.far.sendall(b"z")
    await eventually(lambda: ear.heard == b"yz", "the next")


async def test_who_was_removed_is_not_read(reader: Reader, make_line: MakeLine) -> None:
    gone, stays = make_line(), make_line()
    deaf, ear = Ear(), Ear()
    reader.add(gone.near.fileno(), deaf)
    reader.add(stays.near.fileno(), ear)
    gone.far.sendall(b"too late")
    for _ in range(2):
        reader.remove(gone.near.fileno(), deaf)
    stays.far.sendall(b"x")
    await eventually(lambda: ear.heard == b"x", "the other")
    assert deaf.heard == b""


async def test_a_number_that_is_another_s_by_now_is_not_taken_from_it(
    reader: Reader, make_line: MakeLine
) -> None:
    line, earlier, ear = make_line(), Ear(), Ear()
    reader.add(line.near.fileno(), ear)
    reader.remove(line.near.fileno(), earlier)
    line.far.sendall(b"x")
    await eventually(lambda: ear.heard == b"x", "the bytes")
