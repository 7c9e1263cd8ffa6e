"""Which files there are, whatever several people did to them at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map, Text

from crdt.document import Document, File, SeedFile, seed
from crdt.limits import FILES
from crdt.listing import Listed, active, listed

LISTINGS = json.loads((Path(__file__).parent / "listings.json").read_text("utf-8"))
"""Entries and what they come to; ``web/tests/files.test.ts`` reads them too."""


def loaded(*docs: Doc[Any]) -> Document:
    document = Document()
    for doc in docs:
        document.apply(doc.get_update())
    return document


def client(client_id: int, *updates: bytes) -> Doc[Any]:
    doc = Doc[Any](client_id=client_id)
    for update in updates:
        doc.apply_update(update)
    return doc


def entries(doc: Doc[Any]) -> Map[Any]:
    table: Map[Any] = doc.get("files", type=Map)
    return table


def rename(doc: Doc[Any], old: str, new: str, text: str) -> None:
    with doc.transaction():
        entries(doc)[new] = {"language": "python", "text": text}
        del entries(doc)[old]


@pytest.mark.rule("DO5", "DO6", "DO7", "DO9", "DO10", "DO12")
@pytest.mark.parametrize("case", LISTINGS, ids=[case["name"] for case in LISTINGS])
def test_entries_come_to_files(case: dict[str, Any]) -> None:
    files = listed(case["entries"], case["entries"].__getitem__)
    assert files == [Listed(*file) for file in case["files"]]
    assert active(files, case["named"]) == case["active"]


@pytest.mark.rule("DO9")
def test_a_renamed_file_keeps_what_others_type_into_it_meanwhile() -> None:
    start = seed([SeedFile("a.py", "python", "one\n")], "a.py")
    ada, grace = client(8, start), client(9, start)
    rename(ada, "a.py", "b.py", "a.py")
    grace.get("file:a.py", type=Text).insert(4, "two\n")
    for document in (loaded(ada, grace), loaded(grace, ada)):
        assert document.files() == [File("b.py", "python", "one\ntwo\n")]
        assert document.text("b.py") == "one\ntwo\n"
        assert document.active() == "b.py"


@pytest.mark.rule("DO10")
def test_two_who_rename_one_file_at_once_get_one_file() -> None:
    start = seed([SeedFile("a.py", "python", "one\n")], "a.py")
    ada, grace = client(8, start), client(9, start)
    rename(ada, "a.py", "c.py", "a.py")
    rename(grace, "a.py", "b.py", "a.py")
    assert loaded(ada, grace).files() == loaded(grace, ada).files()
    assert loaded(ada, grace).files() == [File("b.py", "python", "one\n")]


@pytest.mark.rule("DO11")
def test_a_deleted_file_comes_back_with_what_was_typed_into_it_meanwhile() -> None:
    start = seed([SeedFile("a.py", "python", "one\n")], "a.py")
    ada, grace = client(8, start), client(9, start)
    del entries(ada)["a.py"]
    grace.get("file:a.py", type=Text).insert(4, "two\n")
    document = loaded(ada, grace)
    assert document.files() == []
    ada.apply_update(document.state())
    entries(ada)["back.py"] = {"language": "python", "text": "a.py"}
    document.apply(ada.get_update())
    assert document.files() == [File("back.py", "python", "one\ntwo\n")]


@pytest.mark.rule("DO11")
def test_a_file_renamed_by_one_and_deleted_by_another_is_there() -> None:
    start = seed([SeedFile("a.py", "python", "one\n")], "a.py")
    ada, grace = client(8, start), client(9, start)
    rename(ada, "a.py", "b.py", "a.py")
    del entries(grace)["a.py"]
    assert loaded(ada, grace).files() == [File("b.py", "python", "one\n")]


PATHS = st.sampled_from(["a", "b", "c", "../d"])
ENTRIES = st.one_of(
    st.just({"language": "x"}),
    PATHS.map(lambda path: {"language": "x", "text": path}),
    st.just("nothing"),
    st.none(),
)


@pytest.mark.rule("DO10")
@given(st.lists(st.tuples(st.integers(0, 2), PATHS, ENTRIES, st.booleans()), max_size=12))
def test_everybody_lists_the_same_whatever_was_done_at_once(steps: list[Any]) -> None:
    docs = [client(number + 2) for number in range(3)]
    for who, path, entry, meets in steps:
        entries(docs[who])[path] = entry
        if meets:
            docs[who - 1].apply_update(docs[who].get_update())
    forth, back = loaded(*docs), loaded(*reversed(docs))
    assert forth.files() == back.files()
    texts = [text for _, _, text in forth._listed()]
    assert len(texts) == len(set(texts)), "one text is one file"


@pytest.mark.rule("DO6")
def test_entries_beyond_what_is_listed_are_not_looked_at() -> None:
    asked: list[str] = []

    def entry_at(path: str) -> object:
        asked.append(path)
        return {"language": "x"}

    assert len(listed((f"f{number:06}" for number in range(100_000)), entry_at)) == FILES
    assert len(asked) == FILES
