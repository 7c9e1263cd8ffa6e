"""The problems as a candidate meets them: run by the real Python, Node and Java of the system."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.problems import LANGUAGES, Language, Problem, ValueType
from server.runner.sandbox import Sandbox
from tests.judging.judging import judged
from tests.problems.harness import PROBLEMS, literal, literals, run, solved, starter

each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=[p.id for p in PROBLEMS])
JUDGED_IN_JAVA = {"reverse-linked-list", "mirror-tree", "moving-averages", "two-sum"}
"""Of the untouched starters: a JVM for each of all problems would take minutes."""
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_problem
@each_language
def test_a_solved_starter_prints_the_expected_output(
    problem: Problem, language: Language, tmp_path: Path
) -> None:
    printed = run(solved(problem, language), language, tmp_path)
    assert len(printed.splitlines()) == len(problem.tests)
    assert problem.expected_output(language) in (printed, None)


@each_problem
@each_language
def test_the_unsolved_starter_runs_and_matches_in_no_language(
    problem: Problem, language: Language, tmp_path: Path
) -> None:
    printed = run(starter(problem, language), language, tmp_path)
    assert len(printed.splitlines()) == len(problem.tests)
    assert printed != problem.expected_output(language)


@each_problem
@each_language
@pytest.mark.asyncio(loop_scope="session")
async def test_the_solution_passes_every_test(
    sandbox: Sandbox, problem: Problem, language: Language
) -> None:
    done = await judged(sandbox, problem, language, solved(problem, language))
    assert done.states == ["passed"] * (len(problem.tests) + len(problem.hidden_tests)), done


@each_problem
@each_language
@pytest.mark.asyncio(loop_scope="session")
async def test_the_unsolved_starter_fails_tests(
    sandbox: Sandbox, problem: Problem, language: Language
) -> None:
    if language == "java" and problem.id not in JUDGED_IN_JAVA:
        return
    done = await judged(sandbox, problem, language, starter(problem, language))
    assert done.end.verdict == "ok"
    assert set(done.states) & {"wrong", "failed"}
    assert "error" not in done.states


@each_problem
@each_language
def test_the_starter_lists_the_visible_tests_in_order(problem: Problem, language: Language) -> None:
    text = starter(problem, language)
    listed = [", ".join(literals(problem, test.args, language)) for test in problem.tests]
    assert re.search(".*".join(map(re.escape, listed)), text, re.DOTALL)


def written_as_json(args: list[Any], kinds: list[ValueType]) -> list[str]:
    return [
        json.dumps(arg)
        if None in (arg if isinstance(arg, list) else ())
        else literal(arg, kind, "javascript")
        for arg, kind in zip(args, kinds, strict=True)
    ]


@each_problem
def test_examples_tell_the_visible_tests(problem: Problem) -> None:
    kinds = [ValueType.parse(parameter.type).values for parameter in problem.signature.parameters]
    told = [example.input for example in problem.examples]
    names = [parameter.name for parameter in problem.signature.parameters]
    shown = [
        ", ".join(
            f"{name} = {text}"
            for name, text in zip(names, written_as_json(test.args, kinds), strict=True)
        )
        for test in problem.tests
    ]
    assert told == shown
