"""What counts as the expected output."""

from __future__ import annotations

import pytest

from server.rooms.matching import matches


@pytest.mark.parametrize(
    "printed", ["1\n2\n", "1 \n2", "1\n2\n\n \n", "\x1b[33m1\x1b[39m\n\x1b[1;31m2\x1b[m\n"]
)
def test_blanks_at_ends_and_colours_do_not_count(printed: str) -> None:
    assert matches(printed, "", "1\n2\n")


@pytest.mark.parametrize("printed", ["1\n", "1\n2\n3\n", "1\n\n2\n", " 1\n2\n", ""])
def test_everything_else_does(printed: str) -> None:
    assert not matches(printed, "", "1\n2\n")


def test_what_was_typed_and_echoed_was_not_printed() -> None:
    assert matches("name? Ada\nage? 36\nAda is 36\n", "Ada\r36\n", "name? age? Ada is 36\n")


def test_what_was_typed_without_echo_takes_nothing_away() -> None:
    assert matches("key: \n1\n", "1\n", "key:\n1\n")


def test_what_was_typed_but_not_asked_for_takes_nothing_else_away() -> None:
    assert matches("1\n2\n", "never read\n", "1\n2\n")
