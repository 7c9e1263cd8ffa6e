"""Integers and strings on the wire. Known bytes are what lib0 0.2.117 writes in Node."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt import varint
from crdt.errors import FrameError
from crdt.limits import VARINT_BYTES
from tests.crdt.strategies import NUMBERS, TEXTS

LIB0_NUMBERS = {
    0: "00",
    1: "01",
    127: "7f",
    128: "8001",
    16383: "ff7f",
    16384: "808001",
    2097151: "ffff7f",
    2097152: "80808001",
    2**31 - 1: "ffffffff07",
    2**31: "8080808008",
    2**32 - 1: "ffffffff0f",
    2**32: "8080808010",
    2**53 - 1: "ffffffffffffff0f",
}
LIB0_TEXTS = {
    "": "00",
    "a": "0161",
    "é": "02c3a9",
    "😀": "04f09f9880",
    "x" * 127: "7f" + "78" * 127,
    "é" * 64: "8001" + "c3a9" * 64,
}


@pytest.mark.rule("FR5")
@pytest.mark.parametrize(("value", "expected"), LIB0_NUMBERS.items())
def test_integers_are_the_bytes_that_lib0_writes(value: int, expected: str) -> None:
    raw = bytes.fromhex(expected)
    assert varint.write(value) == raw
    assert varint.read(raw, 0) == (value, len(raw))


@pytest.mark.rule("FR7")
@pytest.mark.parametrize(("value", "expected"), LIB0_TEXTS.items())
def test_strings_count_bytes_and_are_those_that_lib0_writes(value: str, expected: str) -> None:
    raw = bytes.fromhex(expected)
    assert varint.write_text(value) == raw
    assert varint.read_text(raw, 0) == (value, len(raw))


@pytest.mark.rule("FR5", "FR6")
@given(NUMBERS, st.binary(max_size=3), st.binary(max_size=3))
def test_integers_come_back_wherever_they_stand(value: int, before: bytes, after: bytes) -> None:
    raw = varint.write(value)
    assert len(raw) <= VARINT_BYTES
    assert varint.read(before + raw + after, len(before)) == (value, len(before + raw))


@pytest.mark.rule("FR7")
@given(TEXTS, st.binary(max_size=3), st.binary(max_size=3))
def test_strings_come_back_wherever_they_stand(value: str, before: bytes, after: bytes) -> None:
    raw = varint.write_text(value)
    assert varint.read_text(before + raw + after, len(before)) == (value, len(before + raw))


@pytest.mark.rule("FR5")
@given(st.binary(min_size=1, max_size=12))
def test_an_integer_that_is_read_has_that_one_spelling(raw: bytes) -> None:
    try:
        value, end = varint.read(raw, 0)
    except FrameError:
        return
    assert varint.write(value) == raw[:end]


@pytest.mark.rule("FR5")
@pytest.mark.parametrize("raw", ["8000", "ff00", "808000", "80" * 8 + "00"])
def test_an_integer_spelled_longer_than_need_be_is_refused(raw: str) -> None:
    with pytest.raises(FrameError, match="shortest"):
        varint.read(bytes.fromhex(raw), 0)


@pytest.mark.rule("FR5")
def test_an_integer_of_200_kb_is_refused_after_nine_bytes() -> None:
    class Counting(bytes):
        reads = 0

        def __getitem__(self, at: object) -> int:  # type: ignore[override]
            Counting.reads += 1
            return super().__getitem__(at)  # type: ignore[call-overload, no-any-return]

    with pytest.raises(FrameError, match="longer than 9 bytes"):
        varint.read(Counting(b"\x80" * 200_000), 0)
    assert Counting.reads == VARINT_BYTES


@pytest.mark.rule("FR5")
@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xff" * 8])
def test_an_integer_that_the_bytes_end_in_is_refused(raw: bytes) -> None:
    with pytest.raises(FrameError, match="ends inside"):
        varint.read(raw, 0)


@pytest.mark.rule("FR6")
@pytest.mark.parametrize("value", [-1, -(2**70), 2**63, 2**64])
def test_integers_beyond_63_bits_cannot_be_written(value: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        varint.write(value)


@pytest.mark.rule("FR7")
@pytest.mark.parametrize("raw", ["01", "0261", "ffffffff0f61", "ffffffffffffffff7f"])
def test_a_length_beyond_what_is_left_is_refused(raw: str) -> None:
    with pytest.raises(FrameError, match="announced"):
        varint.read_bytes(bytes.fromhex(raw), 0)


@pytest.mark.rule("FR7", "FR8")
def test_a_length_in_characters_would_cut_a_string_and_is_refused() -> None:
    with pytest.raises(FrameError, match="UTF-8"):
        varint.read_text(b"\x01" + "é".encode(), 0)


@pytest.mark.rule("FR8")
@pytest.mark.parametrize("raw", ["01ff", "02c328", "03eda080", "04f0288cbc"])
def test_strings_that_are_not_utf8_are_refused(raw: str) -> None:
    with pytest.raises(FrameError, match="UTF-8"):
        varint.read_text(bytes.fromhex(raw), 0)
