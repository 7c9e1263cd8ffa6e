"""What waits for listeners is bounded, and what an envelope holds comes out as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.bus.base import Figures
from server.bus.envelope import Envelope, Kind, pack, unpack
from server.bus.inbox import Inbox
from tests.helpers.ears import Ear


def messages(number: int, *payloads: bytes) -> Envelope:
    kind = Kind.OPENING if number == 1 else Kind.MESSAGES
    return Envelope(kind, "other", number, "room", payloads)


async def test_what_does_not_fit_is_missed() -> None:
    inbox, ear = Inbox("me", Figures(), waiting_bytes=10_000), Ear()
    inbox.listen("room", ear)
    for number in range(1, 101):
        inbox.take(messages(number, b"x" * 1000))
    await ear.until(lambda ear: len(ear.payloads) == 8)
    inbox.take(messages(101, b"next"))
    await ear.until_heard(b"next")
    assert ear.misses == ["other"]
    assert ear.told[-2:] == [("other", None), ("other", b"next")]


async def test_a_lost_end_is_missed_though_there_was_no_room_for_it() -> None:
    inbox, ear = Inbox("me", Figures(), waiting_bytes=2000), Ear()
    inbox.listen("room", ear)
    for number in range(1, 11):
        inbox.take(messages(number, b"x" * 1000))
    inbox.take(Envelope(Kind.HEAD, "other", 10, "room", ()))
    await ear.until(lambda ear: ear.misses == ["other"])


async def test_one_message_of_any_size_is_taken() -> None:
    inbox, ear = Inbox("me", Figures(), waiting_bytes=10), Ear()
    inbox.listen("room", ear)
    inbox.take(messages(1, b"x" * 1000))
    await ear.until_heard(b"x" * 1000)


async def test_what_waits_is_not_heard_by_one_who_left() -> None:
    inbox, gone, here = Inbox("me", Figures()), Ear(), Ear()
    inbox.listen("room", gone)
    inbox.take(messages(1, b"a"))
    inbox.forget("room")
    inbox.listen("room", here)
    inbox.take(messages(2, b"b"))
    await here.until_heard(b"b")
    assert gone.told == []
    assert here.told == [("other", None), ("other", b"b")]


ENVELOPES = st.lists(
    st.tuples(
        st.sampled_from(Kind),
        st.integers(0, 2**64 - 1),
        st.text(max_size=40),
        st.lists(st.binary(max_size=50), max_size=5),
    ),
    max_size=4,
)


@given(st.text(max_size=20), ENVELOPES)
def test_envelopes_come_out_as_they_went_in(
    origin: str, rows: list[tuple[Kind, int, str, list[bytes]]]
) -> None:
    envelopes = [Envelope(kind, origin, number, room, said) for kind, number, room, said in rows]
    assert unpack(pack(origin, envelopes)) == envelopes


@given(st.binary(max_size=60))
def test_any_bytes_are_an_envelope_or_refused(data: bytes) -> None:
    for each in (data, b"\x01\x00" + data, b"\x01\x00\x03" + bytes(8) + data):
        try:
            unpack(each)
        except ValueError:
            continue


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        unpack(b"\x02" + pack("other", [messages(1, b"a")])[1:])
