"""Starters that are made from signature and tests, run by the real Python, Node and Java."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.problems import LANGUAGES, Language, Problem
from server.problems.starters import made_starter
from tests.problems.drafts import draft, filled, read, signature
from tests.problems.harness import PROBLEMS, run, starter

each_language = pytest.mark.parametrize("language", LANGUAGES)

VALUES: dict[str, list[Any]] = {
    "integer": [0, -7, 2**31 - 1, -(2**31)],
    "number": [0, 2, -2.5, 0.001, 9999999],
    "string": ["", "two words", "ünï→🙂"],
    "character": ["a", " ", "é"],
    "boolean": [True, False],
}
AWKWARD = [
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "\x07",
    "\\n",
    "\\u0041",
    "${x}",
    "\u202e",
    "🙂",
    "\U000e0001",
]


def arrays(kind: str, depth: int) -> list[Any]:
    """Values of that type with so many arrays around, an empty one among them."""
    if depth == 0:
        return VALUES[kind]
    if depth == 1:
        return [VALUES[kind][:4], VALUES[kind][-1:], []]
    inner = arrays(kind, depth - 1)
    return [[inner[1]], [inner[1], inner[2]], []]


def echo(kind: str, depth: int) -> Problem:
    """A problem whose function returns what it is given."""
    name = kind + "[]" * depth
    tests = [{"args": [value, 1], "expected": value} for value in arrays(kind, depth)]
    return read(
        draft(
            signature=signature({"given": name, "times": "integer"}, name),
            tests=tests,
            hiddenTests=tests,
        )
    )


@pytest.mark.parametrize("problem", PROBLEMS, ids=[problem.id for problem in PROBLEMS])
@each_language
def test_what_is_made_is_what_an_author_wrote(problem: Problem, language: Language) -> None:
    made = made_starter(problem.signature, problem.tests, language)
    assert made == starter(problem, language)


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("kind", VALUES)
@each_language
def test_every_type_is_passed_and_printed_as_it_is(
    kind: str, depth: int, language: Language, tmp_path: Path
) -> None:
    problem = echo(kind, depth)
    text = starter(problem, language)
    untouched = run(text, language, tmp_path)
    assert untouched.count("\n") == len(problem.tests)
    end = "" if language == "python" else ";"
    done = filled(text, language, [f"return given{end}"])
    assert run(done, language, tmp_path) == problem.expected_output(language)


@pytest.mark.parametrize("scalar", VALUES)
@pytest.mark.parametrize("nodes", ["linked-list", "tree"])
@each_language
def test_nodes_are_made_of_values_and_printed_as_values(
    scalar: str, nodes: str, language: Language, tmp_path: Path
) -> None:
    kind = f"{nodes}<{scalar}>"
    first = VALUES[scalar][0]
    values = [[], VALUES[scalar][:3], [first, first]]
    if nodes == "tree":
        values.append([first, None, first, first])
    tests = [{"args": [value, values[:2]], "expected": value} for value in values]
    problem = read(
        draft(
            signature=signature({"given": kind, "more": f"{kind}[]"}, kind),
            tests=tests,
            hiddenTests=tests,
        )
    )
    text = starter(problem, language)
    assert run(text, language, tmp_path).count("\n") == len(tests)
    done = filled(text, language, [f"return given{'' if language == 'python' else ';'}"])
    assert run(done, language, tmp_path) == problem.expected_output(language)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("depth", [1, 2])
@each_language
def test_what_is_changed_in_place_is_printed_afterwards(
    kind: str, depth: int, language: Language, tmp_path: Path
) -> None:
    name = kind + "[]" * depth
    values = [value for value in arrays(kind, depth) if value]
    tests = [
        {"args": [at, value, [1]], "expected": [value[-1], *value[1:-1], value[0]][: len(value)]}
        for at, value in enumerate(values)
    ]
    problem = read(
        draft(
            signature=signature({"at": "integer", "rows": name, "x": "integer[]"}, name, "rows"),
            tests=tests,
            hiddenTests=tests,
        )
    )
    text = starter(problem, language)
    assert run(text, language, tmp_path).count("\n") == len(tests)
    swap: dict[Language, list[str]] = {
        "python": ["rows[0], rows[-1] = rows[-1], rows[0]"],
        "javascript": [
            "const last = rows.length - 1;",
            "[rows[0], rows[last]] = [rows[last], rows[0]];",
        ],
        "java": [
            "var kept = rows[0];",
            "rows[0] = rows[rows.length - 1];",
            "rows[rows.length - 1] = kept;",
        ],
    }
    done = filled(text, language, swap[language])
    assert run(done, language, tmp_path) == problem.expected_output(language)


@each_language
def test_awkward_text_reaches_the_function_unchanged(language: Language, tmp_path: Path) -> None:
    characters = [text for text in AWKWARD if len(text) == 1 and text <= "\uffff"]
    tests = [
        {"args": [text, characters], "expected": sum(map(ord, "".join([text, *characters])))}
        for text in AWKWARD
    ]
    problem = read(
        draft(
            signature=signature({"text": "string", "marks": "character[]"}, "integer"),
            tests=tests,
            hiddenTests=tests,
        )
    )
    count: dict[Language, list[str]] = {
        "python": ["return sum(map(ord, text)) + sum(map(ord, marks))"],
        "javascript": [
            "return [...text, ...marks].reduce((sum, each) => sum + each.codePointAt(0), 0);"
        ],
        "java": ["return text.codePoints().sum() + new String(marks).codePoints().sum();"],
    }
    done = filled(starter(problem, language), language, count[language])
    assert run(done, language, tmp_path) == problem.expected_output(language)


@each_language
def test_the_longest_starter_there_may_be_still_runs(language: Language, tmp_path: Path) -> None:
    """Java takes no method above 64 KB of code."""
    tests = [{"args": [[1] * 6_500], "expected": 6_500}]
    problem = read(
        draft(signature=signature({"nums": "integer[]"}, "integer"), tests=tests, hiddenTests=tests)
    )
    assert max(len(starter(problem, each)) for each in LANGUAGES) > 19_000
    assert run(starter(problem, language), language, tmp_path).count("\n") == len(tests)


@pytest.mark.parametrize("name", ["first", "second", "case11", "args", "Main", "list", "Arrays"])
@each_language
def test_a_functions_name_meets_no_other_name(
    name: str, language: Language, tmp_path: Path
) -> None:
    described = signature({"nums": "integer[]"}, "integer[]", "nums")
    described["name"] = {"python": name, "javascript": name, "java": name}
    tests = [{"args": [[number]], "expected": [number]} for number in range(12)]
    problem = read(draft(signature=described, tests=tests, hiddenTests=tests))
    printed = run(starter(problem, language), language, tmp_path)
    assert printed == problem.expected_output(language)  # changing nothing is right here


def test_a_starter_that_is_given_is_kept() -> None:
    given = "def largest_gap(nums):\n    return 1\n"
    problem = read(draft(starter={"python": given, "java": "", "javascript": None}))
    assert problem.starter.python == given
    assert "function largestGap(nums)" in problem.starter.javascript
    assert "static int largestGap(int[] nums)" in problem.starter.java
