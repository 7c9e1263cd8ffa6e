"""Marks told from text, wherever the pieces are cut."""

from __future__ import annotations

from server.judging.scan import Mark, Scanner

STREAM = 'before\nabcd:0\nabc abcd abcdabcd:{"v": "x:y"}\nafter abc'
FOUND = ["before\n", Mark("0"), "abc abcd abcd", Mark('{"v": "x:y"}'), "after abc"]


def joined(found: list[str | Mark]) -> list[str | Mark]:
    """Neighbouring texts as one."""
    result: list[str | Mark] = []
    for each in found:
        if isinstance(each, str) and result and isinstance(result[-1], str):
            result[-1] += each
        else:
            result.append(each)
    return result


def test_marks_are_found_at_every_cut() -> None:
    for at in range(len(STREAM) + 1):
        scanner = Scanner("abcd")
        found = [*scanner.feed(STREAM[:at]), *scanner.feed(STREAM[at:]), scanner.end()]
        assert joined(found) == FOUND


def test_marks_are_found_byte_by_byte() -> None:
    scanner = Scanner("abcd")
    found = [each for character in STREAM for each in scanner.feed(character)]
    assert joined([*found, scanner.end()]) == FOUND


def test_text_is_handed_on_at_once_unless_it_may_become_a_mark() -> None:
    scanner = Scanner("abcd")
    assert scanner.feed("what? ") == ["what? "]
    assert scanner.feed("ab") == []
    assert scanner.feed("out") == ["about"]


def test_a_mark_that_was_cut_off_is_not_shown() -> None:
    scanner = Scanner("abcd")
    assert scanner.feed("abcd:{") == []
    assert scanner.end() == ""
