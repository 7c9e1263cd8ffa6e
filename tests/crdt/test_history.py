"""A journal turned back into the document at any of its moments."""

from __future__ import annotations

import random

import pytest

from crdt.document import Document
from crdt.errors import DocumentPoisoned, UpdateError
from crdt.history import CHECKPOINT_EVERY, Entry, History
from tests.crdt import hostile
from tests.crdt.updates import by, string, typed, update


def journal(updates: list[bytes]) -> list[Entry]:
    return [Entry(1000 + 10 * index, "ada", one) for index, one in enumerate(updates)]


@pytest.mark.rule("HI1")
def test_a_moment_is_the_document_after_that_many_entries() -> None:
    history = History(journal(typed("abc")))
    assert len(history) == 3
    assert [history.at(moment).text("a") for moment in range(4)] == ["", "a", "ab", "abc"]


@pytest.mark.rule("HI1")
@pytest.mark.parametrize("moment", [-1, 4])
def test_there_are_no_other_moments(moment: int) -> None:
    with pytest.raises(IndexError, match="of 3"):
        History(journal(typed("abc"))).at(moment)


@pytest.mark.rule("HI2")
def test_the_moment_of_a_time_counts_what_was_written_by_then() -> None:
    history = History(journal(typed("abc")))
    assert [history.moment(time) for time in (0, 999, 1000, 1009, 1010, 5000)] == [0, 0, 1, 1, 2, 3]
    assert History([]).moment(0) == 0


@pytest.mark.rule("HI2")
def test_where_clocks_run_backwards_the_journal_s_order_holds() -> None:
    first, second, third = typed("abc")
    history = History([Entry(1000, "a", first), Entry(900, "b", second), Entry(1100, "a", third)])
    assert [history.moment(time) for time in (899, 950, 1000, 1100)] == [0, 0, 2, 3]


@pytest.mark.rule("HI3")
def test_going_back_and_forth_gives_what_playing_from_the_start_gives() -> None:
    words = [chr(97 + index % 26) for index in range(3 * CHECKPOINT_EVERY + 7)]
    history = History(journal(typed(words)))
    jumps = random.Random(1).sample(range(len(words) + 1), 20)
    around = [at + step for at in range(0, len(words), CHECKPOINT_EVERY) for step in (0, 1)]
    for moment in [len(words), *jumps, *around, 2 * CHECKPOINT_EVERY - 1, 0]:
        assert history.at(moment).text("a") == "".join(words[:moment])


@pytest.mark.rule("HI3")
def test_a_document_that_was_handed_out_is_its_taker_s() -> None:
    history = History(journal(typed("abc")))
    history.at(2).apply(update(by(9, string("x"))))
    assert history.at(2).text("a") == "ab"


@pytest.mark.rule("HI4")
def test_a_damaged_entry_raises_what_applying_it_raises() -> None:
    history = History(journal([*typed("ab"), b"\x01"]))
    assert history.at(2).text("a") == "ab"
    with pytest.raises(UpdateError):
        history.at(3)
    panics = [hostile.KNOWN, hostile.PANICS["client without structs"]]
    with pytest.raises(DocumentPoisoned):
        History(journal(panics)).at(2)


@pytest.mark.rule("HI5")
@pytest.mark.parametrize("broken", [hostile.HALF_A_PAIR, hostile.UNREADABLE])
def test_replay_works_where_no_snapshot_can_be_had(broken: tuple[bytes, ...]) -> None:
    words = ["y"] * (CHECKPOINT_EVERY + 3)
    history = History(journal([*broken, *typed(words, path="b")]))
    for moment in (len(history), CHECKPOINT_EVERY + 1, 3):
        document = history.at(moment)
        assert document.text("b") == "y" * (moment - 2)
        with pytest.raises(DocumentPoisoned):
            document.snapshot()
    assert history.at(2).text("a") == _text_after(broken)


def _text_after(updates: tuple[bytes, ...]) -> str:
    document = Document()
    for one in updates:
        document.apply(one)
    return document.text("a")
