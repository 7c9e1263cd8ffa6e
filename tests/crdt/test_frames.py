"""The codec: frames to messages and back. Known messages were written by y-protocols 1.0.6."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crdt import frames, varint
from crdt.errors import DocumentFull, DocumentPoisoned, FrameError, UpdateError
from crdt.frames import (
    Event,
    Frame,
    PermissionDenied,
    Presence,
    PresenceEntry,
    QueryPresence,
    SyncStep1,
    SyncStep2,
    Update,
    decode,
    saved,
)
from crdt.limits import EVENT_BYTES, PRESENCE_ENTRIES
from tests.crdt.strategies import ENTRIES, EVENTS, FRAMES

STATE = '{"user":{"name":"Zoë 😀","color":"#30bced"}}'
UPDATE = "0101070004010c66696c653a6d61696e2e70790761c3a9f09f988000"
Y_PROTOCOLS: dict[str, Frame] = {
    "000003010704": SyncStep1(bytes.fromhex("010704")),
    "00011c" + UPDATE: SyncStep2(bytes.fromhex(UPDATE)),
    "0001020000": SyncStep2(b"\x00\x00"),
    "00021c" + UPDATE: Update(bytes.fromhex(UPDATE)),
    "01330107012f" + STATE.encode().hex(): Presence((PresenceEntry(7, 1, STATE),)),
    "0108010702046e756c6c": Presence((PresenceEntry(7, 2, None),)),
    "010100": Presence(()),
    "0200116e696368742065726c617562743a20c3bc": PermissionDenied("nicht erlaubt: ü"),
    "03": QueryPresence(),
    "64187b2274797065223a2278222c22c3a9223a22f09f9880227d": Event('{"type":"x","é":"😀"}'),
}


@pytest.mark.rule("FR4")
@pytest.mark.parametrize(("message", "frame"), Y_PROTOCOLS.items())
def test_messages_are_those_of_y_protocols(message: str, frame: Frame) -> None:
    assert frames.decode(bytes.fromhex(message)) == frame
    assert frames.encode(frame).hex() == message


@pytest.mark.rule("FR3")
@given(FRAMES)
def test_a_frame_comes_back_as_it_went(frame: Frame) -> None:
    again = frames.decode(frames.encode(frame))
    assert again == frame
    assert type(again) is type(frame)


@pytest.mark.rule("FR1", "FR2")
@given(st.binary(max_size=60))
@example(b"\x01\x09\x01\x05\x01\x05 null")
def test_whatever_is_taken_is_passed_on_byte_for_byte(message: bytes) -> None:
    try:
        frame = frames.decode(message)
    except FrameError:
        return
    assert frames.encode(frame) == message


@pytest.mark.rule("FR2", "FR3")
@given(
    FRAMES | ENTRIES.map(lambda entry: Presence((entry,))),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=2),
)
def test_the_short_ways_read_what_the_long_one_does(
    frame: Frame, changes: list[tuple[int, int]]
) -> None:
    message = bytearray(frames.encode(frame))
    for at, byte in changes:
        if at < len(message):
            message[at] = byte
    try:
        expected: Frame | FrameError = frames._any_frame(bytes(message))
    except FrameError as error:
        expected = error
    for short in (frames._short_update, frames._one_presence):
        try:
            found = short(bytes(message))
        except FrameError:
            assert isinstance(expected, FrameError)
        else:
            assert found is None or found == expected


@pytest.mark.rule("FR2", "FR3")
@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 20_000])
def test_an_update_of_any_length_is_read(size: int) -> None:
    update = Update(b"u" * size)
    assert frames.decode(frames.encode(update)) == update


@pytest.mark.rule("FR9", "FR11")
def test_presence_of_one_client_is_a_state_or_none_and_ends_where_it_says() -> None:
    gone = b"\x01\x08\x01\x05\x02\x04null"
    assert frames.decode(gone) == Presence((PresenceEntry(5, 2, None),))
    assert frames.decode(gone.replace(b"null", b"nil!")).entries[0].state == "nil!"  # type: ignore[union-attr]
    for size, length in ((7, 4), (9, 4), (8, 3), (8, 5)):
        with pytest.raises(FrameError):
            frames.decode(bytes((1, size, 1, 5, 2, length)) + b"null")


@pytest.mark.rule("FR8")
def test_presence_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(FrameError, match="UTF-8"):
        frames.decode(b"\x01\x05\x01\x05\x01\x01\xff")


@pytest.mark.rule("FR9")
@given(FRAMES)
def test_no_part_of_a_message_is_a_message(frame: Frame) -> None:
    message = frames.encode(frame)
    for end in range(len(message)):
        with pytest.raises(FrameError):
            frames.decode(message[:end])


@pytest.mark.rule("FR9")
@given(FRAMES, st.binary(min_size=1, max_size=4))
def test_nothing_may_stand_behind_a_frame(frame: Frame, more: bytes) -> None:
    with pytest.raises(FrameError, match="behind"):
        frames.decode(frames.encode(frame) + more)


@pytest.mark.rule("FR10")
@pytest.mark.parametrize("message", ["04", "63", "65", "7f", "000300", "00ff0100", "020100"])
def test_unknown_types_are_refused(message: str) -> None:
    with pytest.raises(FrameError, match="has type"):
        frames.decode(bytes.fromhex(message))


@pytest.mark.rule("FR11")
def test_presence_holds_exactly_the_clients_it_announces() -> None:
    body = varint.write(2) + b"\x05\x01\x02{}"
    with pytest.raises(FrameError):
        frames.decode(b"\x01" + varint.write_bytes(body))
    body = varint.write(1) + b"\x05\x01\x02{}" + b"\x00"
    with pytest.raises(FrameError, match="behind the presence"):
        frames.decode(b"\x01" + varint.write_bytes(body))


@pytest.mark.rule("FR11")
def test_presence_names_a_bounded_number_of_clients() -> None:
    entries = tuple(PresenceEntry(client, 1, "{}") for client in range(PRESENCE_ENTRIES))
    assert frames.decode(frames.encode(Presence(entries))) == Presence(entries)
    with pytest.raises(FrameError, match="in one message"):
        frames.decode(frames.encode(Presence((*entries, PresenceEntry(0, 2, "{}")))))


@pytest.mark.rule("FR12")
@given(EVENTS)
def test_an_event_comes_back_as_the_dictionary_it_was(payload: dict[str, Any]) -> None:
    frame = frames.decode(frames.event(payload))
    assert isinstance(frame, Event)
    assert frame.payload() == payload


@pytest.mark.rule("FR12", "FR13")
@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", '"type"', "1", "null", "{}", '{"type":1}', '{"type":null}', '{"type":"a"} {}']
    + [f'{{"type":"a","n":{word}}}' for word in ("NaN", "Infinity", "-Infinity", "01", "'a'")],
)
def test_what_is_no_json_object_with_a_type_is_no_event(text: str) -> None:
    with pytest.raises(FrameError):
        frames.decode(frames.encode(Event(text)))


@pytest.mark.rule("FR12")
def test_an_event_has_a_bounded_number_of_bytes() -> None:
    def message(letters: int) -> bytes:
        return frames.encode(
            Event(json.dumps({"type": "x", "t": "é" * letters}, ensure_ascii=False))
        )

    most = (EVENT_BYTES - len(message(0)) - 2) // 2
    frames.decode(message(most))
    with pytest.raises(FrameError, match="more than"):
        frames.decode(message(most + 1))


@pytest.mark.rule("FR15")
def test_errors_know_the_close_code_of_their_sender() -> None:
    errors = (FrameError, UpdateError, DocumentFull, DocumentPoisoned)
    assert [int(error.close_code) for error in errors] == [4400, 4400, 4413, 1011]


@pytest.mark.rule("FR16")
def test_saved_is_an_event_with_a_count() -> None:
    frame = decode(saved(12))
    assert isinstance(frame, Event)
    assert frame.payload() == {"type": "saved", "frames": 12}


def test_a_worker_may_send_larger_events_than_clients() -> None:
    large = frames.event({"type": "x", "text": "x" * EVENT_BYTES})
    with pytest.raises(FrameError):
        frames.decode(large)
    frame = frames.decode_ours(large)
    assert isinstance(frame, Event)
    assert frame.payload()["type"] == "x"
    with pytest.raises(FrameError):
        frames.decode_ours(large + b"x")
    update = frames.encode(Update(b"update"))
    assert frames.decode_ours(update) == Update(b"update")
