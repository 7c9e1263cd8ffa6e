"""Frames of the server, and the end of a turn."""

from __future__ import annotations

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

from server.rooms.wire import RIDE_CROWD, Turn, framed, unframed
from tests.helpers.embedded import eventually
from tests.helpers.wires import turn_over

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000)


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_is_what_a_client_of_the_library_reads(size: int) -> None:
    client = ClientProtocol(parse_uri("ws://here/"), state=State.OPEN)
    client.receive_data(framed(b"x" * size))
    [frame] = client.events_received()
    assert isinstance(frame, Frame)
    assert (frame.fin, frame.opcode, bytes(frame.data)) == (True, 2, b"x" * size)


def test_frames_behind_each_other_are_told_apart() -> None:
    messages = [bytes([number]) * size for number, size in enumerate(SIZES)]
    assert unframed(b"".join(map(framed, messages))) == messages


async def test_rooms_speak_before_connections_write_and_each_is_called_once() -> None:
    turn, told = Turn(), []
    turn.write(lambda: told.append("connection"))
    turn.then(lambda: told.append("room"))
    assert told == []
    await turn_over()
    assert told == ["room", "connection"]
    await turn_over()
    assert told == ["room", "connection"]


async def test_what_is_asked_for_while_a_turn_ends_still_belongs_to_it() -> None:
    turn, told = Turn(), []
    with turn:
        turn.then(lambda: turn.write(lambda: turn.then(lambda: told.append("last"))))
    assert told == ["last"]


async def test_one_that_fails_does_not_keep_the_others_from_writing() -> None:
    turn, told = Turn(), []

    def fail() -> None:
        raise RuntimeError("a bug")

    for callback in (fail, lambda: told.append("other")):
        turn.then(callback)
        turn.write(callback)
    await turn_over()
    assert told == ["other", "other"]
    turn.write(lambda: told.append("next"))
    await turn_over()
    assert told[2:] == ["next"]


async def test_whatever_waits_to_ride_is_called_in_the_end_however_many_wait() -> None:
    turn, told = Turn(), []
    for number in range(3 * RIDE_CROWD):
        turn.write_soon(lambda number=number: told.append(number))  # type: ignore[misc]
    assert told == []
    await eventually(lambda: len(told) == 3 * RIDE_CROWD, "all of them")
    assert sorted(told) == list(range(3 * RIDE_CROWD))
    turn.write_soon(lambda: told.append("again"))
    await eventually(lambda: told[-1] == "again", "one more")
