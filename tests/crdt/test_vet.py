"""What the CRDT library may be given, and what becomes of it that gets the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from crdt import varint
from crdt.document import Document
from crdt.errors import UpdateError
from crdt.limits import ANY_DEPTH, CLIENT_ID, CLOCK, UPDATE_STRUCTS
from crdt.vet import EMPTY_STATE_VECTOR, EMPTY_UPDATE, vet_state_vector, vet_update
from tests.crdt import hostile
from tests.crdt.updates import (
    CHILD_OF_ROOT,
    NULL,
    after,
    any_object,
    by,
    deletions,
    item,
    number,
    state_vector,
    string,
    text,
    typed,
    update,
    values,
)
from tests.helpers.server import ROOT

MEGABYTE = 1024  # in kilobytes


def pycrdt_alone(name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.crdt.hostile", name],
        cwd=ROOT,
        env={**os.environ, "RUST_BACKTRACE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(data: bytes, why: str | None = None) -> None:
    with pytest.raises(UpdateError, match=why):
        vet_update(data)


# -- counts ------------------------------------------------------------------------------


@pytest.mark.rule("VT1", "VT3")
@pytest.mark.parametrize("name", hostile.RESERVING)
def test_counts_that_make_the_library_reserve_memory_are_refused(name: str) -> None:
    alone = pycrdt_alone(name)
    assert int(alone.stdout.split()[-1]) > 100 * MEGABYTE, alone
    refused(hostile.RESERVING[name], "announced")


@pytest.mark.rule("VT2")
def test_a_state_vector_that_makes_the_library_reserve_memory_is_refused() -> None:
    alone = pycrdt_alone("state vector")
    assert int(alone.stdout.split()[-1]) > 100 * MEGABYTE, alone
    with pytest.raises(UpdateError, match="announced"):
        vet_state_vector(hostile.STATE_VECTOR)


@pytest.mark.rule("VT2")
@given(st.dictionaries(st.integers(0, CLIENT_ID), st.integers(0, CLOCK), max_size=6))
def test_state_vectors_are_exactly_their_pairs(clocks: dict[int, int]) -> None:
    whole = state_vector(clocks)
    vet_state_vector(whole)
    for end in range(len(whole)):
        with pytest.raises(UpdateError):
            vet_state_vector(whole[:end])
    with pytest.raises(UpdateError, match="behind"):
        vet_state_vector(whole + b"\x00")


@pytest.mark.rule("VT3")
@pytest.mark.parametrize(
    "data",
    [
        number(1) + number(2**28) + number(9) + number(0),  # structs
        update(by(9, item(8, number(2**28)))),  # values
        update(by(9, item(3, number(2**28)))),  # bytes
        update(by(9, item(4, number(2**28) + b"abc"))),  # string
        update(by(9, item(6, text("bold") + number(2**28)))),  # the value of a format
        update(by(9, values(b"\x75" + number(2**28)))),  # list
        update(by(9, values(b"\x77" + number(2**28)))),  # string in a value
        update(by(9, values(b"\x74" + number(2**28)))),  # bytes in a value
        update(by(9, item(4, b"", b"\x01" + number(2**28)))),  # name of a root
        update(by(9, item(0x24, b"", CHILD_OF_ROOT + number(2**28)))),  # key in a map
        update(deleted=number(2**28)),
        update(deleted=number(1) + number(9) + number(2**28)),
    ],
)
def test_every_count_and_length_is_at_most_what_is_left(data: bytes) -> None:
    refused(data)


# -- depth -------------------------------------------------------------------------------


@pytest.mark.rule("VT4")
@pytest.mark.parametrize("name", hostile.STACK)
def test_values_nested_100_000_deep_end_the_process_and_are_refused(name: str) -> None:
    alone = pycrdt_alone(name)
    assert alone.returncode < 0, alone  # a signal
    refused(hostile.STACK[name], "deeper")


@pytest.mark.rule("VT4")
@pytest.mark.parametrize("open_", [b"\x75\x01", b"\x76\x01" + text("k")])
def test_values_nest_up_to_the_limit(open_: bytes) -> None:
    deepest = update(by(9, values(open_ * ANY_DEPTH + NULL)))
    vet_update(deepest)
    Document().apply(deepest)
    refused(update(by(9, values(open_ * (ANY_DEPTH + 1) + NULL))), "deeper")


# -- what the library takes for granted --------------------------------------------------


@pytest.mark.rule("VT5", "VT6")
@pytest.mark.parametrize("name", hostile.PANICS)
def test_updates_that_make_the_library_panic_are_refused(name: str) -> None:
    assert "PanicException" in pycrdt_alone(name).stdout
    refused(hostile.PANICS[name])


@pytest.mark.rule("VT5")
@pytest.mark.parametrize("kind", [b"\x00", b"\x0a"])
def test_garbage_and_gaps_have_a_length(kind: bytes) -> None:
    vet_update(update(by(9, kind + number(1))))
    refused(update(by(9, kind + number(0))), "no length")


@pytest.mark.rule("VT6")
def test_client_ids_are_those_that_browsers_can_read() -> None:
    vet_update(update(by(CLIENT_ID, string("x"))))
    vet_update(update(by(CLIENT_ID, after(CLIENT_ID, 0, "x"), clock=1)))
    refused(update(by(CLIENT_ID + 1, string("x"))), "client id")
    refused(update(by(9, after(CLIENT_ID + 1, 0, "x"))), "client id")
    refused(update(by(9, item(4, text("x"), b"\x00" + number(2**60) + b"\x00"))), "client id")
    refused(update(deleted=deletions({CLIENT_ID + 1: [(0, 1)]})), "client id")


@pytest.mark.rule("VT6")
def test_clocks_and_lengths_stay_within_31_bits() -> None:
    vet_update(update(by(9, b"\x00" + number(1), clock=CLOCK - 1)))
    vet_update(update(deleted=deletions({9: [(CLOCK - 5, 5)]})))
    refused(update(by(9, b"\x00" + number(1), clock=CLOCK)), "so many edits")
    refused(update(by(9, b"\x00" + number(CLOCK), b"\x00" + number(1))), "so many edits")
    refused(update(by(9, string("abc"), clock=CLOCK - 2)), "so many edits")
    refused(update(by(9, after(9, CLOCK + 1, "x"))), "so many edits")
    refused(update(deleted=deletions({9: [(CLOCK - 5, 6)]})), "so many edits")


@pytest.mark.rule("VT7")
@pytest.mark.parametrize(
    "struct",
    [
        item(2, number(1) + text("1")),  # JSON of before Yjs 13, of which Yrs reads too much
        item(11, b"\x00" * 8),  # a move, of Yrs alone
        item(12, b""),
        item(0x14, text("x")),  # a bit that Yrs does not look at
        b"\x80" + number(9) + number(0),  # garbage with an origin
        b"\x2a" + number(1),  # a gap with a key
        item(4, text("x"), b"\x02" + text("file:a")),  # a parent that is no yes or no
        item(7, number(5) + text("hook")),  # Yrs reads no name here, Yjs does
        item(7, number(7)),  # weak links, of Yrs alone
        values(b"\x73"),
        values(b"\x00"),
    ],
)
def test_what_yjs_does_not_write_or_reads_differently_is_refused(struct: bytes) -> None:
    refused(update(by(9, struct)), "kind|ends")


@pytest.mark.rule("VT8")
def test_an_update_has_a_bounded_number_of_structs() -> None:
    half = [b"\x00\x01"] * (UPDATE_STRUCTS // 2)
    vet_update(update(by(1, *half), by(2, *half)))
    refused(update(by(1, *half), by(2, *half, b"\x00\x01")), "structs")


# -- ends --------------------------------------------------------------------------------


def rich_document() -> list[bytes]:
    """The updates of a document that holds everything pycrdt can make."""
    doc = Doc[Any](client_id=9)
    made: list[bytes] = []
    doc.observe(lambda event: made.append(event.update))
    files: Map[Any] = doc.get("files", type=Map)
    nested: Any = {"a": {"b": {"c": [[], {}]}}}
    files["main.py"] = {"language": "python", "v": [1, -1, 0, 1.5, 0.1, 2**40, -(2**40), 1e300]}
    files["values"] = [None, True, False, "vuvu é 😀", b"vu\x76\x75", "", nested]
    files["text"] = Text("vuvuvu")
    files["map"] = Map({"k": Array([1, Map({"deep": Text("v")})])})
    files["document"] = Doc[Any]()
    array: Array[Any] = doc.get("array", type=Array)
    array.extend([1, "v", b"vv", Map({"v": "u"}), Text("u"), Array([[]])])
    del array[1:3]
    code: Text = doc.get("file:a", type=Text)
    code += "uvw 日本語 😀 é" * 20
    code.format(0, 3, {"bold": True, "link": None})
    code.insert_embed(1, {"image": "v"})
    del code[2:4]
    xml: XmlFragment = doc.get("xml", type=XmlFragment)
    element = xml.children.append(XmlElement("video", {"src": "v"}))
    element.children.append(XmlText("uv"))
    xml.children.append(XmlText("u"))
    del xml.children[0]
    return made


YJS = (
    "0101090028010566696c6573076d61696e2e7079017602086c616e67756167657706707974686f6e016e"
    "750b7d017d417c3fc000007b3fb999999999999a7a00000100000000007e7f7879740101760101617601"
    "016276010163750000",
    "0102090127010566696c6573017402040009010676757675767500",
    "0101090829010566696c6573037375620167760000",
    "01040909080103617272027d0177017687090a012800090b016b0177017683090b02767500",
    "0101090e04010666696c653a61077676762075757500",
    "0102091546090e04626f6c640474727565c60910091104626f6c64046e756c6c00",
    "01030917c6090e090f04626f6c64046e756c6cc50917090f0d7b22696d616765223a2276227dc6091809"
    "0f04626f6c64047472756500",
    "000109030f0216011901",
    "0104091a070101780305766964656f2800091a037372630177017687091a060400091c02757600",
    "000109011a02",
)
"""What Yjs 13.6 made of a similar document, in Node."""


@pytest.mark.rule("VT10")
@pytest.mark.parametrize(
    "made", [rich_document(), [bytes.fromhex(one) for one in YJS]], ids=["pycrdt", "Yjs"]
)
def test_whatever_the_libraries_write_passes(made: list[bytes]) -> None:
    document = Document()
    for one in made:
        vet_update(one)
        document.apply(one)
        vet_update(document.state())
        vet_state_vector(document.state_vector())
    vet_update(EMPTY_UPDATE)
    vet_state_vector(EMPTY_STATE_VECTOR)
    assert len(document.state()) > 300


@pytest.mark.rule("VT10")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(0, CLIENT_ID))
def test_whatever_is_typed_passes(words: str, client: int) -> None:
    for one in typed([words, *words], client=client):
        vet_update(one)


@pytest.mark.rule("VT9")
@pytest.mark.parametrize(
    "whole",
    [*rich_document(), *typed(["a", "b", "ab" * 100])],
    ids=lambda update: f"{len(update)} bytes",
)
def test_an_update_ends_where_its_last_part_ends(whole: bytes) -> None:
    for end in range(len(whole)):
        refused(whole[:end])
    refused(whole + b"\x00")


@pytest.mark.rule("VT9")
def test_what_only_begins_like_typing_is_read_through() -> None:
    second = typed("ab")[1]
    vet_update(second)
    assert second.endswith(varint.write_text("b") + b"\x00")
    vet_update(second[:-1] + deletions({7: [(0, 1)]}))
    refused(second[:-1] + b"\x01", "announced")
    refused(second[:-3] + b"\x02b\x00", "ends")


@pytest.mark.rule("VT11")
@pytest.mark.parametrize("name", hostile.PANICS)
def test_a_refused_update_changes_nothing(name: str) -> None:
    document = Document()
    document.apply(hostile.KNOWN)
    before = document.state()
    refused(hostile.PANICS[name])
    assert document.state() == before


@pytest.mark.rule("VT7", "VT10")
def test_values_of_every_kind_are_read() -> None:
    every = (
        b"\x7f",
        NULL,
        b"\x7d\x80\x80\x01",
        b"\x7c" + bytes(4),
        b"\x7b" + bytes(8),
        b"\x7a" + bytes(8),
        b"\x79",
        b"\x78",
        b"\x77" + text("é"),
        any_object({"a": b"\x75\x01\x7e"}),
        b"\x74" + text("abc"),
    )
    data = update(
        by(9, values(*every)),
        by(8, item(9, text("guid") + any_object({})), item(3, text("abc")), item(5, text("1"))),
    )
    vet_update(data)
    Document().apply(data)
