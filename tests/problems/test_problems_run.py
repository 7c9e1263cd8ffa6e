"""The problems as a candidate meets them: run by the real Python, Node and Java of the system."""

import re
from pathlib import Path

import pytest

from server.problems import LANGUAGES, Language, Problem
from tests.problems.harness import PROBLEMS, judge, literals, run, solved, starter

each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=[p.id for p in PROBLEMS])
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_problem
@each_language
def test_a_solved_starter_prints_the_expected_output(
    problem: Problem, language: Language, tmp_path: Path
) -> None:
    assert run(solved(problem, language), language, tmp_path) == problem.expected_output(language)


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
def test_the_solution_passes_every_hidden_test(
    problem: Problem, language: Language, tmp_path: Path
) -> None:
    verdicts = judge(solved(problem, language), problem, language, tmp_path)
    assert verdicts == [True] * len(problem.hidden_tests)


@each_problem
def test_the_unsolved_starter_fails_hidden_tests(problem: Problem, tmp_path: Path) -> None:
    verdicts = judge(starter(problem, "python"), problem, "python", tmp_path)
    assert len(verdicts) == len(problem.hidden_tests)
    assert False in verdicts


@each_problem
@each_language
def test_the_starter_lists_the_visible_tests_in_order(problem: Problem, language: Language) -> None:
    text = starter(problem, language)
    listed = [", ".join(literals(problem, test.args, language)) for test in problem.tests]
    assert re.search(".*".join(map(re.escape, listed)), text, re.DOTALL)


@each_problem
def test_examples_tell_the_visible_tests(problem: Problem) -> None:
    told = [example.input for example in problem.examples]
    names = [parameter.name for parameter in problem.signature.parameters]
    shown = [
        ", ".join(
            f"{name} = {text}"
            for name, text in zip(names, literals(problem, test.args, "javascript"), strict=True)
        )
        for test in problem.tests
    ]
    assert told == shown
