"""One room's document: seed, files, size, and what the library does wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from crdt import document as documents
from crdt.document import SEED_CLIENT, Document, File, SeedFile, seed
from crdt.errors import DocumentFull, DocumentPoisoned, UpdateError
from crdt.limits import DOCUMENT_BYTES, DOCUMENT_CHECK_BYTES, FILES, PATH_BYTES
from crdt.listing import is_path
from crdt.vet import EMPTY_STATE_VECTOR, EMPTY_UPDATE, vet_update
from tests.crdt import hostile
from tests.crdt.updates import by, deletions, item, number, string, text, typed, update

FILES_OF_A_PROBLEM = [
    SeedFile("main.js", "javascript", "const x = 1;\n"),
    SeedFile("main.py", "python", "# größer 😀\nx = 1\n"),
    SeedFile("src/Main.java", "java", ""),
]


def loaded(*updates: bytes) -> Document:
    document = Document()
    for one in updates:
        document.apply(one)
    return document


def written(**roots: Any) -> Doc[Any]:
    """A client's document with the root maps ``files`` and ``room`` as given."""
    doc = Doc[Any](client_id=9)
    for name, pairs in roots.items():
        table: Map[Any] = doc.get(name, type=Map)
        for key, value in pairs.items():
            table[key] = value
    return doc


# -- seed ----------------------------------------------------------------------------------


@pytest.mark.rule("DO1")
def test_a_seed_makes_the_files_and_names_the_active_one() -> None:
    document = loaded(seed(FILES_OF_A_PROBLEM, "main.py"))
    assert document.files() == [File(*file) for file in FILES_OF_A_PROBLEM]
    assert document.active() == "main.py"
    assert document.text("main.py") == FILES_OF_A_PROBLEM[1].text
    assert document.text("none.py") == ""

    client = Doc[Any]()
    client.apply_update(document.state())
    assert str(client.get("file:main.js", type=Text)) == "const x = 1;\n"
    assert client.get("files", type=Map).to_py() == {
        file.path: {"language": file.language} for file in FILES_OF_A_PROBLEM
    }
    assert client.get("room", type=Map).to_py() == {"active": "main.py"}


@pytest.mark.rule("DO2", "VT10")
def test_the_same_files_make_the_same_seed() -> None:
    first, second = (seed(iter(FILES_OF_A_PROBLEM), "main.py") for _ in range(2))
    assert first == second
    assert first != seed(FILES_OF_A_PROBLEM, "main.js")
    vet_update(first)
    assert loaded(first).state_vector()[:2] == bytes((1, SEED_CLIENT))


@pytest.mark.rule("DO3")
def test_a_seed_applied_again_changes_nothing() -> None:
    update_ = seed(FILES_OF_A_PROBLEM, "main.py")
    document = loaded(update_)
    before = document.state()
    document.apply(update_)
    assert document.integrate(update_) == b""
    assert document.state() == before


@pytest.mark.rule("DO4")
def test_a_seed_refuses_paths_that_cannot_be_and_carriage_returns() -> None:
    with pytest.raises(ValueError, match="cannot name a file"):
        seed([SeedFile("../main.py", "python", "")], "main.py")
    with pytest.raises(ValueError, match="line ends"):
        seed([SeedFile("main.py", "python", "a\r\nb")], "main.py")


@pytest.mark.rule("DO5")
def test_paths_are_relative_and_plain() -> None:
    for path in ("a", "main.py", "src/a/b.c", "A_1-x.tar.gz", "x" * PATH_BYTES):
        assert is_path(path), path
    for path in (
        *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", ".hidden", "a/.b", "-rf"),
        *("a b", "a\nb", "a\n", "a\\b", "C:a", "é", "a\0", "x" * (PATH_BYTES + 1)),
    ):
        assert not is_path(path), path


# -- files that clients make ---------------------------------------------------------------


@pytest.mark.rule("DO6")
def test_files_are_listed_by_path_with_lf_line_ends() -> None:
    doc = written(files={"b": {"language": "x"}, "a": Map({"language": "y"}), "c": {}})
    doc.get("file:b", type=Text).insert(0, "1\r\n2\r3\n\r\n")
    document = loaded(doc.get_update())
    assert document.files() == [
        File("a", "y", ""),
        File("b", "x", "1\n2\n3\n\n"),
        File("c", "", ""),
    ]


@pytest.mark.rule("DO6")
def test_entries_that_make_no_sense_are_left_out() -> None:
    doc = written(
        files={
            "../x": {"language": "x"},
            "text": Text("x"),
            "list": [1],
            "array": Array([1]),
            "null": None,
            "number": 1.5,
            "document": Doc[Any](),
            "bytes": b"x",
            "good": {"language": 7},
            "": {"language": "x"},
        }
    )
    assert loaded(doc.get_update()).files() == [File("good", "", "")]


@pytest.mark.rule("DO6")
@pytest.mark.parametrize("content", [number(3) + text("p"), number(4), number(6)])
def test_an_entry_that_python_cannot_hold_does_not_hide_the_others(content: bytes) -> None:
    good = written(files={"good": {"language": "x"}}).get_update()
    xml = update(by(99, item(0x27, content, b"\x01" + text("files") + text("bad"))))
    vet_update(xml)
    assert loaded(good, xml).files() == [File("good", "x", "")]


@pytest.mark.rule("DO6")
def test_roots_of_another_type_are_no_files() -> None:
    doc = Doc[Any]()
    doc.get("files", type=Array).append(1)
    doc.get("room", type=Text).insert(0, "active")
    doc.get("file:a", type=XmlFragment).children.append(XmlElement("p"))
    document = loaded(doc.get_update())
    assert document.files() == []
    assert document.active() is None
    assert document.text("a") == ""


@pytest.mark.rule("DO6")
def test_a_bounded_number_of_files_is_listed() -> None:
    doc = written(files={f"f{n:03}": {"language": "x"} for n in range(FILES + 1)})
    assert [file.path for file in loaded(doc.get_update()).files()] == [
        f"f{n:03}" for n in range(FILES)
    ]


@pytest.mark.rule("DO7")
@pytest.mark.parametrize("active", ["none", 1, None, {"a": "b"}, Text("a")])
def test_the_active_file_is_one_that_exists(active: Any) -> None:
    doc = written(files={"a": {"language": "x"}}, room={"active": "a"})
    assert loaded(doc.get_update()).active() == "a"
    doc.get("room", type=Map)["active"] = active
    assert loaded(doc.get_update()).active() is None


# -- news ----------------------------------------------------------------------------------


@pytest.mark.rule("SY4")
@given(st.lists(st.text("abé😀", min_size=1, max_size=3), min_size=1, max_size=6), st.data())
def test_integrating_gives_only_the_news(words: list[str], data: st.DataObject) -> None:
    updates = typed(words)
    known = data.draw(st.integers(0, len(updates)))
    document, other = loaded(*updates[:known]), loaded(*updates[:known])
    news = document.integrate(loaded(*updates).state())
    assert (news == b"") == (known == len(updates))
    if news:
        other.apply(news)
        assert len(news) <= len(other.state())
    assert other.text("a") == document.text("a") == "".join(words)
    assert document.integrate(document.state()) == b""
    assert document.integrate(EMPTY_UPDATE) == b""


@pytest.mark.rule("SY4")
def test_deletions_are_news_once() -> None:
    document = loaded(*typed(["abc"]))
    deletion = update(deleted=deletions({7: [(1, 1)]}))
    assert document.integrate(deletion) == deletion
    assert document.integrate(deletion) == b""
    assert document.text("a") == "ac"


@pytest.mark.rule("SY5")
def test_what_waits_for_other_edits_is_passed_on_whole() -> None:
    first, second, third = typed(["a", "b", "c"])
    document = loaded(first)
    assert document.integrate(third) == third
    assert document.text("a") == "a"
    document.apply(second)
    assert document.text("a") == "abc"


# -- size ----------------------------------------------------------------------------------


@pytest.mark.rule("SY11")
def test_the_size_is_measured_now_and_then_and_has_an_end() -> None:
    document = Document()
    block = update(by(1, string("x" * DOCUMENT_BYTES)))
    document.apply(update(by(2, string("x" * (DOCUMENT_CHECK_BYTES - 100)))))
    document.check_size()
    document.apply(block)
    with pytest.raises(DocumentFull, match="are allowed"):
        document.check_size()
    with pytest.raises(DocumentFull):
        document.check_size()


@pytest.mark.rule("SY11")
def test_a_document_that_is_small_enough_is_not_measured_again_at_once() -> None:
    document = loaded(*[update(by(n, string("x" * DOCUMENT_CHECK_BYTES))) for n in range(1, 4)])
    document.check_size()
    document.apply(update(by(9, string("x"))))
    document.check_size()
    assert len(document.state()) < DOCUMENT_BYTES


# -- what the library does wrong -----------------------------------------------------------


@pytest.mark.rule("SY9")
@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x01\x01\x07\x00\x04", b"\xff\xff", b"\x05"])
def test_updates_that_cannot_be_decoded_change_nothing(raw: bytes) -> None:
    document = loaded(*typed(["abc"]))
    before = document.state()
    for take in (document.apply, document.integrate, document.knows):
        with pytest.raises(UpdateError):
            take(raw)
    assert document.state() == before


@pytest.mark.rule("SY9")
def test_state_vectors_that_cannot_be_decoded_are_refused() -> None:
    with pytest.raises(UpdateError):
        loaded(*typed(["abc"])).diff(b"\x02\x01")
    assert Document().diff(EMPTY_STATE_VECTOR) == EMPTY_UPDATE


@pytest.mark.rule("SY10")
@pytest.mark.parametrize("name", hostile.PANICS)
def test_a_panic_of_the_library_poisons_the_document(name: str) -> None:
    with pytest.raises(DocumentPoisoned):
        loaded(hostile.KNOWN, hostile.PANICS[name])


@pytest.mark.rule("SY10")
def test_giving_up_inside_an_update_poisons_the_document() -> None:
    document = loaded(hostile.KNOWN)
    vet_update(hostile.PARENT_IS_TEXT)
    with pytest.raises(DocumentPoisoned, match="parent"):
        document.apply(hostile.PARENT_IS_TEXT)
    assert document.text("a") != "aab", "then it would not have to be dropped"


@pytest.mark.rule("SY10")
def test_interrupts_are_not_the_library_s_failures() -> None:
    def interrupted(_: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        documents._guard(interrupted, b"")


@pytest.mark.rule("DO8")
def test_a_snapshot_is_the_document() -> None:
    document = loaded(seed(FILES_OF_A_PROBLEM, "main.py"), *typed(["abé😀"], path="main.py"))
    assert loaded(document.snapshot()).files() == document.files()
    assert Document().snapshot() == EMPTY_UPDATE


@pytest.mark.rule("DO8")
def test_a_snapshot_that_would_lack_a_part_is_none() -> None:
    for one in hostile.HALF_A_PAIR:
        vet_update(one)
    with pytest.raises(DocumentPoisoned, match="lacks a part"):
        loaded(*hostile.HALF_A_PAIR).snapshot()


@pytest.mark.rule("DO8")
def test_a_snapshot_that_does_not_load_is_none() -> None:
    for one in hostile.UNREADABLE:
        vet_update(one)
    with pytest.raises(DocumentPoisoned, match="does not load"):
        loaded(*hostile.UNREADABLE).snapshot()
