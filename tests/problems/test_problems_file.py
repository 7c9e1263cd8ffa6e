"""What `load_problems` accepts and refuses, and what leaves the server."""

import functools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from server.errors import NoSuchProblem
from server.problems import (
    LANGUAGES,
    ProblemsInvalid,
    ValueType,
    load_problems,
    written,
)
from server.problems.file import LOADER
from tests.problems.harness import ROOT

FILE = ROOT / "problems.yaml"


@functools.cache
def as_json() -> str:
    return json.dumps(yaml.load(FILE.read_text(), Loader=LOADER))  # noqa: S506


def entries() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(as_json())
    return loaded


def refusal(folder: Path, changed: object) -> str:
    path = folder / "problems.yaml"
    path.write_text(json.dumps(changed))  # which is YAML too
    with pytest.raises(ProblemsInvalid) as refused:
        load_problems(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


TOPICS = {
    *("array", "string", "hash map", "two pointers", "sliding window", "stack", "sorting"),
    *("binary search", "dynamic programming", "graph", "matrix", "heap", "backtracking"),
    *("linked list", "tree"),
}


def test_there_is_something_of_every_difficulty_and_topic() -> None:
    problems = load_problems(FILE).all()
    assert len(problems) >= 30
    counts = Counter(problem.difficulty for problem in problems)
    assert min(counts[level] for level in ("easy", "medium", "hard")) >= 5
    assert {tag for problem in problems for tag in problem.tags} >= TOPICS


def test_they_are_listed_from_easy_to_hard() -> None:
    order = ("easy", "medium", "hard")
    levels = [order.index(problem.difficulty) for problem in load_problems(FILE).all()]
    assert levels == sorted(levels)


@pytest.mark.parametrize("wanted", ["two-sum", "Two Sum", " two sum ", "TWO-SUM"])
def test_a_problem_is_found_by_id_or_title_whatever_the_case(wanted: str) -> None:
    assert load_problems(FILE).get(wanted).id == "two-sum"


def test_an_unknown_problem_is_named_in_the_error() -> None:
    with pytest.raises(NoSuchProblem, match="no-such-sum"):
        load_problems(FILE).get("no-such-sum")


def test_hidden_tests_never_leave_the_server() -> None:
    for problem in load_problems(FILE).all():
        public = problem.public()
        assert "hidden" not in msgspec.json.encode(public).decode().lower()
        assert public["tests"] == [
            {"args": test.args, "expected": test.expected} for test in problem.tests
        ]


def test_the_public_form_has_the_fields_of_the_contract() -> None:
    public = load_problems(FILE).get("two-sum").public()
    assert set(public) == {
        "_id", "title", "difficulty", "tags", "statement", "notes", "examples", "constraints",
        "signature", "starter", "tests", "compare", "limits",
    }  # fmt: skip
    assert set(public["starter"]) == set(LANGUAGES)


def test_hidden_tests_are_none_of_the_visible_ones() -> None:
    for problem in load_problems(FILE).all():
        visible = [test.args for test in problem.tests]
        assert not [test.args for test in problem.hidden_tests if test.args in visible]


def test_seed_files_are_one_a_language_with_lf_only() -> None:
    for problem in load_problems(FILE).all():
        files = problem.seed_files()
        assert [path for path, _, _ in files] == ["main.py", "main.js", "Main.java"]
        assert [language for _, language, _ in files] == list(LANGUAGES)
        assert all("\r" not in text and text.endswith("\n") for _, _, text in files)


def test_changing_what_public_gave_changes_no_problem() -> None:
    problem = load_problems(FILE).get("two-sum")
    problem.public()["tests"][0]["args"][0].append(99)
    assert problem.tests[0].args == [[2, 7, 11, 15], 9]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("id", "Two Sum!", "id: 'Two Sum!' is not lower-case words"),
        ("id", "reverse-string", "'reverse-string' is the id or title of another problem"),
        ("title", "Reverse string", "title: 'Reverse string' is the id or title of another"),
        ("title", " ", "title: is empty"),
        ("difficulty", "hardest", "difficulty: Invalid enum value 'hardest'"),
        ("extra", 1, "Object contains unknown field `extra`"),
        ("tags", "array", "tags: Expected `array`, got `str`"),
        ("tests", [], "tests: at least one is needed"),
        ("tests", [{"args": [[1]], "expected": [0]}], "tests[0].args: 1 given, 2 declared"),
        (
            "tests",
            [{"args": [[1, "a"], 3], "expected": [0]}],
            'tests[0].args[0]: [1, "a"] is not integer[]',
        ),
        (
            "hiddenTests",
            [{"args": [[1], 2**31], "expected": [0]}],
            "hiddenTests[0].args[1]: 2147483648 is not integer",
        ),
        ("tests", [{"args": [[1], 1], "expected": 0}], "tests[0].expected: 0 is not integer[]"),
        (
            "tests",
            [{"args": [[1], 1], "expected": [1] * 7}],
            "tests[0].expected: [1, 1, 1, 1, 1, 1, 1] is not one plain line in every language",
        ),
    ],
)
def test_a_mistake_names_the_problem_and_the_field(
    tmp_path: Path, field: str, value: object, complaint: str
) -> None:
    changed = entries()
    changed.append({**changed.pop(0), field: value})
    message = refusal(tmp_path, changed)
    assert complaint in message
    assert f"problem {value if field == 'id' else 'two-sum'}: " in message


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"parameters": [{"name": "n", "type": "int"}]}, "parameters[0].type: unknown type 'int'"),
        ({"result": {"type": "integer[]["}}, "result.type: unknown type 'integer[]['"),
        ({"result": {"type": "integer", "inPlace": "nums"}}, "no parameter 'nums' of the result"),
        ({"result": {"type": "integer[]", "inPlace": "out"}}, "no parameter 'out' of the result"),
    ],
)
def test_a_mistake_in_the_signature_is_named(
    tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    changed = entries()
    changed[0]["signature"].update(change)
    assert complaint in refusal(tmp_path, changed)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def two_sum(): pass", "line ends must be LF"),
        ("def two_sum(): pass\r\n", "line ends must be LF"),
        ("def solve(): pass\n", "does not contain the function 'two_sum'"),
    ],
)
def test_a_mistake_in_a_starter_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    changed = entries()
    changed[0]["starter"]["python"] = text
    assert f"problem two-sum: starter.python: {complaint}" in refusal(tmp_path, changed)


def test_a_problem_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    changed = entries()
    del changed[1]["id"]
    assert "problem no. 2: the entry: Object missing required field `id`" in refusal(
        tmp_path, changed
    )


@pytest.mark.parametrize("content", [None, [], {"two-sum": {}}, "text"])
def test_a_file_that_is_no_list_of_problems_is_refused(tmp_path: Path, content: object) -> None:
    assert "expected a list of problems" in refusal(tmp_path, content)


@pytest.mark.parametrize("content", [b"- id: [", b"\xff\xfe"])
def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(ProblemsInvalid, match=r"broken\.yaml"):
        load_problems(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ProblemsInvalid, match=r"none\.yaml"):
        load_problems(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("kind", "value", "python", "javascript", "java"),
    [
        ("integer", -3, "-3", "-3", "-3"),
        ("number", 2, "2.0", "2", "2.0"),
        ("number", 2.5, "2.5", "2.5", "2.5"),
        ("boolean", True, "True", "true", "true"),
        ("string", "two words", "two words", "two words", "two words"),
        ("integer[]", [], "[]", "[]", "[]"),
        ("boolean[]", [True, False], "[True, False]", "[ true, false ]", "[true, false]"),
        ("string[]", ["a", "b c"], "['a', 'b c']", "[ 'a', 'b c' ]", "[a, b c]"),
        ("linked-list<integer>", [1, 2], "[1, 2]", "[ 1, 2 ]", "[1, 2]"),
        (
            "tree<string>",
            ["a", None, "b"],
            "['a', None, 'b']",
            "[ 'a', null, 'b' ]",
            "[a, null, b]",
        ),
        ("integer[][]", [[1, 2], []], "[[1, 2], []]", "[ [ 1, 2 ], [] ]", "[[1, 2], []]"),
    ],
)
def test_results_are_written_as_each_language_prints_them(
    kind: str, value: object, python: str, javascript: str, java: str
) -> None:
    written_by = [written(value, ValueType.parse(kind), language) for language in LANGUAGES]
    assert written_by == [python, javascript, java]
