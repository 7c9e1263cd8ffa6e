"""What a problem of somebody's own may be; the file's entries pass through the same checks."""

from __future__ import annotations

from typing import Any

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
