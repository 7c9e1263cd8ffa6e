"""Edits as bytes and back."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt.errors import FrameError
from crdt.history import Entry
from server.store.edits import (
    Record,
    Run,
    pack,
    pack_run,
    unpack,
    unpack_records,
    unpack_run,
)
from tests.store.old import pack_record

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ENTRIES = st.builds(Entry, st.integers(0, 2**63), TEXTS, st.binary(max_size=300))


@given(st.lists(ENTRIES, max_size=5))
def test_entries_come_back_as_they_were(entries: list[Entry]) -> None:
    assert unpack(b"".join(pack(*entry) for entry in entries)) == entries


@given(st.lists(st.tuples(TEXTS, st.integers(1, 2**40), ENTRIES), max_size=5))
def test_records_come_back_as_they_were(edits: list[tuple[str, int, Entry]]) -> None:
    records = [Record(room, number, pack(*entry)) for room, number, entry in edits]
    packed = b"".join(pack_record(*record) for record in records)
    assert list(unpack_records(packed)) == records


@given(st.integers(1, 2**40), st.lists(ENTRIES, max_size=5))
def test_runs_come_back_as_they_were(first: int, entries: list[Entry]) -> None:
    run = Run(first, [pack(*entry) for entry in entries])
    assert unpack_run(pack_run(*run)) == run


@given(st.binary(max_size=60))
def test_anything_else_is_an_error_and_nothing_else(damaged: bytes) -> None:
    for read in (unpack, unpack_run, lambda data: list(unpack_records(data))):
        with suppress(FrameError):
            read(damaged)


def test_what_was_cut_short_is_an_error() -> None:
    whole = pack_record("room", 1, pack(1, "ada", b"update"))
    for end in range(1, len(whole)):
        with pytest.raises(FrameError):
            list(unpack_records(whole[:end]))
