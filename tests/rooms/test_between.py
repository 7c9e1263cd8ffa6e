"""What workers tell each other comes out as it went in, and whatever else arrives is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt import frames
from crdt.errors import FrameError
from crdt.frames import Update
from server.rooms import between
from server.rooms.between import Edit, Message, Moved, Rest, Told, Typed

NAMES = st.text(max_size=20)
BYTES = st.binary(max_size=300)


def edit_of(update: bytes) -> Edit:
    return Edit(update, frames.encode(Update(update)))


EDITS = BYTES.map(edit_of)
MESSAGES: st.SearchStrategy[tuple[bytes, Message]] = st.one_of(
    EDITS.map(lambda edit: (edit.frame, edit)),
    st.builds(
        lambda edit, peer, presence: (
            between.typed(edit.frame, peer, presence),
            Typed(edit, peer, presence),
        ),
        *(EDITS, NAMES, BYTES),
    ),
    st.builds(lambda peer, body: (between.moved(peer, body), Moved(peer, body)), NAMES, BYTES),
    st.builds(lambda peer, body: (between.told(peer, body), Told(peer, body)), NAMES, BYTES),
    BYTES.map(lambda update: (between.rest(update), Rest(update))),
)


@given(MESSAGES)
def test_messages_come_out_as_they_went_in(said: tuple[bytes, Message]) -> None:
    message, meant = said
    assert between.decode(message) == meant


@given(MESSAGES, st.data())
def test_a_message_that_was_cut_off_is_refused_or_says_less(
    said: tuple[bytes, Message], data: st.DataObject
) -> None:
    message, meant = said
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    try:
        heard = between.decode(cut)
    except FrameError:
        return
    assert heard != meant


@given(st.integers(0, 255), BYTES)
def test_any_bytes_are_a_message_or_refused(kind: int, rest: bytes) -> None:
    with suppress(FrameError):
        between.decode(bytes((kind,)) + rest)


@pytest.mark.parametrize("frame", [frames.SyncStep1(b"\0"), frames.QueryPresence()])
def test_of_frames_only_edits_go_to_other_workers(frame: frames.Frame) -> None:
    with pytest.raises(FrameError):
        between.decode(frames.encode(frame))
    with pytest.raises(FrameError):
        between.decode(between.typed(frames.encode(frame), "ada", b""))
