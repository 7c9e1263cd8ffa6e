"""Cases told from what a program printed."""

from __future__ import annotations

import pytest

from server.rooms.cases import SHOWN_CHARACTERS, judged

EXPECTED = "3\n\n[1, 2]\n"


def told(printed: str, expected: str = EXPECTED) -> list[tuple[bool, str | None]]:
    return [(case["passed"], case["got"]) for case in judged(expected, printed)]


def test_each_line_is_one_case() -> None:
    assert judged("3\nTrue\n", "3\nFalse\n") == [
        {"index": 0, "passed": True, "expected": "3", "got": "3"},
        {"index": 1, "passed": False, "expected": "True", "got": "False"},
    ]


def test_what_is_right_passes_whatever_blanks_end_its_lines() -> None:
    for printed in (EXPECTED, "3\r\n\r\n[1, 2]\r\n", "3  \n \n[1, 2]\t\n", "3\n\n[1, 2]"):
        assert [passed for passed, _ in told(printed)] == [True, True, True]


@pytest.mark.parametrize(
    ("printed", "got"),
    [
        ("", [None, None, None]),
        ("3", ["3", None, None]),
        ("3\n", ["3", None, None]),
        ("3\n\n", ["3", "", None]),
        ("3\n\n[1,", ["3", "", "[1,"]),
    ],
)
def test_a_run_that_ends_early_misses_the_rest(printed: str, got: list[str | None]) -> None:
    cases = told(printed)
    assert [text for _, text in cases] == got
    assert [passed for passed, _ in cases] == [
        text == wanted for text, wanted in zip(got, ["3", "", "[1, 2]"], strict=True)
    ]


def test_an_empty_last_line_is_told_from_none() -> None:
    assert told("\n", "\n") == [(True, "")]
    assert told("", "\n") == [(False, None)]


def test_lines_beyond_the_tests_are_left_out() -> None:
    assert told("3\n\n[1, 2]\nmore\n")[-1] == (True, "[1, 2]")


def test_only_line_ends_divide_lines() -> None:
    assert told("a\x0bb\u2028c\n", "a\x0bb\u2028c\n") == [(True, "a\x0bb\u2028c")]


def test_blanks_before_a_line_count() -> None:
    assert told(" 3\n", "3\n") == [(False, " 3")]


def test_of_a_long_line_the_beginning_is_shown() -> None:
    (case,) = judged("x\n", "x" * 5_000)
    assert case["got"] == "x" * SHOWN_CHARACTERS
    assert not case["passed"]
