"""Which results are right, and how they are shown."""

from __future__ import annotations

from typing import Any

import pytest

from server.judging.compare import SHOWN_CHARACTERS, right, shown
from server.problems import Compare, Tolerance

NEAR = Tolerance(1e-6)


@pytest.mark.parametrize(
    ("got", "expected", "compare", "is_right"),
    [
        (3.0, 3, "exact", True),
        (True, 1, "exact", False),
        (1, True, "exact", False),
        (-0.0, 0, "exact", True),
        ("1", 1, "exact", False),
        ([1, 2], [1, 2], "exact", True),
        ([2, 1], [1, 2], "exact", False),
        ([1, [2]], [1, [2]], "exact", True),
        ({"$": "nan"}, 1, "exact", False),
        ([1, None, 2], [1, None, 2], "exact", True),
        (None, [], "exact", False),
        (0.1 + 0.2, 0.3, "exact", False),
        (0.1 + 0.2, 0.3, NEAR, True),
        (1e9 + 1, 1e9, NEAR, True),
        (1.1, 1, NEAR, False),
        (True, 1, NEAR, False),
        (10**400, 1, NEAR, False),
        ([1.0000001, 2], [1, 2], NEAR, True),
        ([1], [1, 2], NEAR, False),
        ({"$": "Infinity"}, 1e300, NEAR, False),
        ([2, 1], [1, 2], "any-order", True),
        ([2.0, 1], [1, 2], "any-order", True),
        ([1, 1, 2], [1, 2, 2], "any-order", False),
        ([[2, 1]], [[1, 2]], "any-order", False),
        ([["b"], ["a"]], [["a"], ["b"]], "any-order", True),
        ([True], [1], "any-order", False),
        (1, [1], "any-order", False),
        (2, [1, 2], "one-of", True),
        (3, [1, 2], "one-of", False),
        ([1, 2], [[2, 1], [1, 2]], "one-of", True),
    ],
)
def test_a_result_is_right_as_the_problem_compares(
    got: Any, expected: Any, compare: Compare, is_right: bool
) -> None:
    assert right(got, expected, compare) is is_right


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("compare", ["exact", "any-order", NEAR])
def test_a_result_nested_without_measure_is_wrong(compare: Compare) -> None:
    assert not right(nested(50_000), [[]], compare)
    assert shown(nested(50_000))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, 2.5], "[1, 2.5]"),
        ("é\n", '"é\\n"'),
        ({"$": "NaN"}, "NaN"),
        ([None, True], "[null, true]"),
        ("\ud83d", '"?"'),
    ],
)
def test_values_are_shown_on_one_line(value: Any, text: str) -> None:
    assert shown(value) == text


def test_of_a_long_value_the_beginning_is_shown() -> None:
    assert len(shown(list(range(5_000)))) == SHOWN_CHARACTERS
