"""What a problem of somebody's own may be; the file's entries pass through the same checks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.problems import Wrong
from tests.problems.drafts import draft, read, signature


def named(**names: str) -> dict[str, Any]:
    """The usual signature with another name in one language."""
    described = signature({"nums": "integer[]"}, "integer")
    return {**described, "name": {**described["name"], **names}}


def test_a_draft_needs_no_more_than_a_function_and_tests() -> None:
    problem = read(draft())
    assert problem.notes == problem.constraints == []
    assert problem.expected_output("java") == "3\n0\n"


@pytest.mark.parametrize(
    ("changes", "field", "complaint"),
    [
        ({"title": " "}, "title", "is empty"),
        ({"title": "a\u202eb"}, "title", "invisible"),
        ({"title": "a\nb"}, "title", "line breaks"),
        ({"statement": "\n"}, "statement", "is empty"),
        ({"tags": ["array", " "]}, "tags[1]", "is empty"),
        ({"signature": named(python="class")}, "signature.name.python", "no name"),
        ({"signature": named(python="print")}, "signature.name.python", "no name"),
        ({"signature": named(javascript="console")}, "signature.name.javascript", "no name"),
        ({"signature": named(javascript="a b")}, "signature.name.javascript", "no name"),
        ({"signature": named(java="main")}, "signature.name.java", "no name"),
        ({"signature": named(java="x(){}//")}, "signature.name.java", "no name"),
        ({"signature": signature({}, "integer")}, "signature.parameters", "at least one"),
        (
            {"signature": signature({"int": "integer"}, "integer")},
            "signature.parameters[0].name",
            "every language",
        ),
        (
            {"signature": signature({"n": "integer"}, "integer", "n")},
            "signature.result.inPlace",
            "only an array",
        ),
        (
            {"signature": signature({"n": "integer" + "[]" * 5}, "integer")},
            "signature.parameters[0].type",
            "more than 4 arrays",
        ),
        (
            {"tests": [{"args": [[1]], "expected": 1}, {"args": [["1"]], "expected": 1}]},
            "tests[1].args[0]",
            '["1"] is not integer[]',
        ),
        ({"tests": [{"args": [[1]], "expected": True}]}, "tests[0].expected", "true is not"),
        ({"hiddenTests": [{"args": [], "expected": 1}]}, "hiddenTests[0].args", "0 given"),
        ({"tests": [{"args": [[1] * 9_000], "expected": 1}]}, "tests", "too long"),
        ({"starter": {"java": "class Main {}\n"}}, "starter.java", "does not contain"),
    ],
)
def test_a_mistake_is_told_by_its_field(
    changes: dict[str, Any], field: str, complaint: str
) -> None:
    with pytest.raises(Wrong) as refused:
        read(draft(**changes))
    assert refused.value.field == field
    assert complaint in refused.value.message


def test_a_parameter_is_there_once() -> None:
    described = signature({"n": "integer"}, "integer")
    described["parameters"] *= 2
    with pytest.raises(Wrong, match=r"signature\.parameters\[1\]\.name: 'n' is there twice"):
        read(draft(signature=described))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 2**31),
        ("integer", 1.0),
        ("number", float("inf")),
        ("number", float("nan")),
        ("character", "ab"),
        ("character", "🙂"),  # two of Java's chars
        ("boolean", 1),
        ("string", None),
        ("integer[]", {"0": 1}),
    ],
)
def test_a_value_fits_its_type_in_every_language(kind: str, value: object) -> None:
    tests = [{"args": [value], "expected": 1}]
    with pytest.raises(Wrong, match=r"tests\[0\]\.args\[0\]: "):
        read(draft(signature=signature({"n": kind}, "integer"), tests=tests))


def test_a_long_value_is_told_by_its_beginning() -> None:
    tests = [{"args": [["a" * 5_000]], "expected": 1}]
    with pytest.raises(Wrong) as refused:
        read(draft(tests=tests))
    assert len(refused.value.message) < 120


LIST, TREE = "linked-list<integer>", "tree<integer>"


def nodes(kind: str, value: object, **changes: Any) -> dict[str, Any]:
    """A problem whose function is given nodes and returns some."""
    tests = [{"args": [value], "expected": value}]
    described = signature({"given": kind}, kind)
    return draft(**{"signature": described, "tests": tests, "hiddenTests": tests, **changes})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LIST, []),
        (LIST, [1, 2]),
        (TREE, []),
        (TREE, [1, None, 2]),
        (TREE, [1, 2, None, 3]),
        ("tree<string>", ["a", "b"]),
    ],
)
def test_nodes_are_written_as_their_values(kind: str, value: object) -> None:
    assert read(nodes(kind, value)).tests[0].expected == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LIST, None),
        (LIST, [1, None]),
        (LIST, ["1"]),
        (TREE, [None]),
        (TREE, [1, None]),
        (TREE, [1, None, None, 2]),
        (TREE, [1, "2"]),
        (TREE, 1),
    ],
)
def test_values_that_form_no_such_nodes_are_named(kind: str, value: object) -> None:
    with pytest.raises(Wrong) as wrong:
        read(nodes(kind, value))
    assert wrong.value.field == "tests[0].args[0]"
    assert kind in wrong.value.message


@pytest.mark.parametrize(
    ("described", "field", "complaint"),
    [
        (signature({"a": f"{LIST}[]"}, f"{LIST}[]"), "signature.result.type", "one list or tree"),
        (
            signature({"a": LIST, "b": "linked-list<string>"}, LIST),
            "signature.parameters[1].type",
            "one type",
        ),
        (signature({"a": LIST}, "linked-list<string>"), "signature.result.type", "one type"),
        (signature({"a": "tree<tree<integer>>"}, LIST), "signature.parameters[0].type", "unknown"),
        (signature({"ListNode": LIST}, LIST), "signature.parameters[0].name", "no name"),
    ],
)
def test_nodes_that_no_starter_can_have_are_named(
    described: Any, field: str, complaint: str
) -> None:
    with pytest.raises(Wrong) as wrong:
        read(nodes(LIST, [1], signature=described))
    assert wrong.value.field == field
    assert complaint in wrong.value.message


@pytest.mark.parametrize(
    ("changes", "field", "complaint"),
    [
        ({"compare": "any-order"}, "compare", "has no order"),
        ({"compare": {"tolerance": 0.1}}, "compare", "only results of numbers"),
        ({"compare": "one-of"}, "tests[0].expected", "no list of the results"),
        (
            {"compare": "one-of", "tests": [{"args": [[1]], "expected": [1, "2"]}]},
            "tests[0].expected",
            '"2" is not integer',
        ),
    ],
)
def test_a_comparison_that_does_not_fit_is_named(
    changes: dict[str, Any], field: str, complaint: str
) -> None:
    with pytest.raises(Wrong) as wrong:
        read(draft(**changes))
    assert wrong.value.field == field
    assert complaint in wrong.value.message


@pytest.mark.parametrize(
    "changes",
    [
        {"compare": "nearly"},
        {"compare": {"tolerance": 0}},
        {"limits": {"seconds": 0}},
        {"limits": {"seconds": 31}},
        {"limits": {"memoryMib": 8}},
        {"limits": {"minutes": 1}},
    ],
)
def test_what_is_no_comparison_or_limit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"compare|limits"):
        read(draft(**changes))


def test_where_several_answers_are_right_no_output_is_expected() -> None:
    tests = [{"args": [[1]], "expected": [1, 2]}]
    problem = read(draft(compare="one-of", tests=tests, hiddenTests=tests))
    assert problem.expected_output("python") is None
