"""Functions that are right, wrong or break, called by the real drivers in the real sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from server.problems import LANGUAGES, Language
from server.runner.base import Verdict
from server.runner.sandbox import Sandbox
from tests.judging.judging import judged, problem, quick
from tests.judging.programs import (
    ECHO,
    ENDS,
    FLOODS,
    FORGES,
    HOARDS,
    JAVA,
    NEVER_ENDS,
    NODES,
    ODD,
    PRINTS,
    RECURSES,
    RIGHT,
    SUM,
    THROWS,
    UNFIT,
    Sources,
    body,
    returning,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
async def test_each_test_is_called_and_hidden_ones_tell_only_whether(
    sandbox: Sandbox, language: Language
) -> None:
    run = await judged(sandbox, SUM, language, RIGHT[language])
    assert run.end.verdict is Verdict.OK
    assert run.states == ["passed"] * 3
    first, _, last = run.cases
    assert (first["args"], first["expected"], first["got"]) == ("a = 1, b = 2", "3", "3")
    assert first["ms"] >= 0
    assert first["memoryBytes"] > 2**20
    assert last["hidden"]
    told = {name for name, value in last.items() if value is not None}
    assert told == {"index", "hidden", "state"}


@each_language
async def test_what_is_printed_goes_with_its_test_and_hidden_tests_print_nothing(
    sandbox: Sandbox, language: Language
) -> None:
    run = await judged(sandbox, SUM, language, PRINTS[language])
    assert run.states == ["passed"] * 3
    assert run.printed == "looking at 1\nlooking at 5\n"
    assert [case["printed"] for case in run.cases] == ["looking at 1\n", "looking at 5\n", None]


@each_language
async def test_an_error_names_the_codes_own_line_and_the_next_test_goes_on(
    sandbox: Sandbox, language: Language
) -> None:
    run = await judged(sandbox, SUM, language, THROWS[language])
    wanted = ["wrong", "error", "failed"] if language == "python" else ["passed", "error", "passed"]
    assert run.states == wanted
    error = run.cases[1]["error"]
    name = {"python": "main.py:2", "javascript": "main.js:2", "java": "Main.java:3"}[language]
    assert name in error, error
    assert "judge_" not in error


@each_language
async def test_a_program_that_ends_has_not_passed(sandbox: Sandbox, language: Language) -> None:
    run = await judged(sandbox, SUM, language, ENDS[language])
    assert run.end.verdict is Verdict.OK
    assert run.states == ["error", "not_run", "failed"]
    assert "ended with exit code 0" in run.cases[0]["error"]


@each_language
async def test_time_that_is_up_is_the_state_of_the_test_it_was_spent_in(
    sandbox: Sandbox, language: Language
) -> None:
    limits = quick(6 if language == "java" else 2)
    run = await judged(sandbox, SUM, language, NEVER_ENDS[language], limits=limits)
    assert run.states == ["passed", "timeout", "failed"]
    assert run.end.verdict is Verdict.TIMEOUT


@each_language
async def test_a_stack_that_overflows_is_an_error_of_one_test(
    sandbox: Sandbox, language: Language
) -> None:
    run = await judged(sandbox, SUM, language, RECURSES[language])
    assert run.states == ["passed", "error", "passed"]
    assert len(run.cases[1]["error"]) < 2_100


@each_language
async def test_a_flood_of_output_ends_the_run(sandbox: Sandbox, language: Language) -> None:
    run = await judged(sandbox, SUM, language, FLOODS[language])
    assert run.end.verdict is Verdict.OUTPUT
    assert run.states == ["error", "not_run", "failed"]
    assert len(run.cases[0]["printed"]) == 1_000


@each_language
async def test_memory_that_is_used_up_is_told(sandbox: Sandbox, language: Language) -> None:
    run = await judged(sandbox, SUM, language, HOARDS[language])
    assert run.states[0] == "memory"
    assert "passed" not in run.states


@each_language
async def test_frames_written_by_force_are_worth_what_returning_them_is(
    sandbox: Sandbox, language: Language
) -> None:
    run = await judged(sandbox, SUM, language, FORGES[language])
    assert run.states == ["wrong", "wrong", "failed"], run
    assert run.cases[0]["got"] == '"forged"'


@each_language
async def test_a_file_that_does_not_load_says_where(sandbox: Sandbox, language: Language) -> None:
    broken: Sources = {
        "python": "x = 1\ndef solve(a, b:\n",
        "javascript": "let x = 1;\nfunction solve(a, b {\n",
        "java": "public class Main {\n  static int solve(int a, int b) { return x; }\n}\n",
    }
    run = await judged(sandbox, SUM, language, broken[language])
    assert run.states == ["error", "not_run", "failed"]
    assert run.end.verdict is Verdict.ERROR
    error = run.cases[0]["error"]
    name = {"python": "main.py:2", "javascript": "main.js:2", "java": "Main.java:2"}[language]
    assert name in error, error
    assert error.splitlines()[0] in run.printed


@each_language
async def test_a_function_that_is_missing_is_named(sandbox: Sandbox, language: Language) -> None:
    empty: Sources = {"python": "", "javascript": "", "java": "public class Main {}\n"}
    run = await judged(sandbox, SUM, language, empty[language])
    assert run.states == ["error", "not_run", "failed"]
    assert " solve " in run.cases[0]["error"]


@each_language
async def test_a_change_in_place_is_what_counts_and_no_test_sees_anothers(
    sandbox: Sandbox, language: Language
) -> None:
    about = problem(
        {"values": "integer[]"},
        "integer[]",
        [([[1, 2]], [2, 1]), ([[1, 2]], [2, 1]), ([[]], [])],
        in_place="values",
    )
    text: Sources = {
        "python": "def solve(values):\n    values.reverse()\n    return 7\n",
        "javascript": "const solve = (values) => { values.reverse(); return 7; };\n",
        "java": (
            "class Main {\n  void solve(int[] values) {\n    if (values.length == 0) return;\n"
            "    int kept = values[0]; values[0] = values[1]; values[1] = kept;\n  }\n}\n"
        ),
    }
    run = await judged(sandbox, about, language, text[language])
    assert run.states == ["passed"] * 3, run


VALUES: dict[str, list[Any]] = {
    "integer": [0, -(2**31), 2**31 - 1],
    "number": [0.1, -2, 1e300, 5e-324],
    "string": ["", "ünï→🙂\u2028", "'\"\\\n\t\x00", "\ud83d"],
    "character": ["é", '"', "\\"],
    "boolean": [True, False],
    "integer[]": [[], [1, 2]],
    "string[][]": [[["a"], []]],
    "list of strings": [["x", "é"], []],
    "linked-list<integer>": [[], [1, 2, 3], list(range(2_000))],
    "tree<integer>": [
        [],
        [1],
        [1, None, 2, 3],
        [5, 4, 8, 11, None, 13, 4, 7, 2, None, None, None, 1],
    ],
}


@each_language
@pytest.mark.parametrize("kind", VALUES)
async def test_every_value_comes_and_goes_as_it_is(
    sandbox: Sandbox, language: Language, kind: str
) -> None:
    java = "java.util.List<String>"
    name = "string[]" if kind == "list of strings" else kind
    if kind != "list of strings":
        scalar = kind.rstrip("[]")
        java = JAVA[scalar] + kind.removeprefix(scalar)
    tests = [([value], value) for value in VALUES[kind]]
    about = problem({"given": name}, name, [simple(name), *tests], hidden=len(tests))
    text = ECHO[language].replace("TYPE", java) + NODES[language]
    run = await judged(sandbox, about, language, text)
    assert run.states == ["passed"] * len(run.cases), run


@each_language
async def test_a_function_may_be_given_several_lists(sandbox: Sandbox, language: Language) -> None:
    kind = "linked-list<integer>"
    about = problem({"given": f"{kind}[]"}, kind, [([[[1, 2], []]], [1, 2]), ([[[], [3]]], [])])
    text: Sources = {
        "python": "def solve(given): return given[0]\n",
        "javascript": "const solve = (given) => given[0];\n",
        "java": "class Main { static ListNode solve(ListNode[] given) { return given[0]; } }\n",
    }
    run = await judged(sandbox, about, language, text[language] + NODES[language])
    assert run.states == ["passed"] * 2, run


def simple(kind: str) -> tuple[list[Any], Any]:
    """A test that may be visible."""
    if kind.endswith("[]") or "<" in kind:
        return [[]], []
    value = {"integer": 1, "number": 1, "string": "a", "character": "a", "boolean": True}[kind]
    return [value], value


@each_language
async def test_results_of_other_kinds_are_wrong_and_shown_as_they_are(
    sandbox: Sandbox, language: Language
) -> None:
    odd = ODD[language]
    about = problem(
        {"at": "integer"}, "integer", [*(([at], 1) for at in range(len(odd))), ([0], 1)]
    )
    run = await judged(sandbox, about, language, returning(language, list(odd)))
    assert [case["got"] for case in run.cases[:-1]] == list(odd.values())
    assert "passed" not in run.states


@each_language
async def test_results_that_are_no_values_are_errors(sandbox: Sandbox, language: Language) -> None:
    unfit = UNFIT[language]
    about = problem(
        {"at": "integer"}, "integer", [*(([at], 1) for at in range(len(unfit))), ([0], 1)]
    )
    run = await judged(sandbox, about, language, returning(language, unfit))
    assert run.states == ["error"] * len(unfit) + ["failed"], run
    assert run.end.verdict is Verdict.OK


@each_language
async def test_a_negative_zero_and_a_whole_float_are_the_numbers_they_equal(
    sandbox: Sandbox, language: Language
) -> None:
    about = problem({"at": "integer"}, "integer", [([0], 0), ([1], 3), ([0], 0)])
    run = await judged(sandbox, about, language, returning(language, ["-0.0", "3.0"]))
    assert run.states == ["passed"] * 3


@each_language
async def test_nodes_that_form_a_ring_are_an_error(sandbox: Sandbox, language: Language) -> None:
    about = problem(
        {"head": "linked-list<integer>"}, "linked-list<integer>", [([[1]], [1]), ([[2]], [2])]
    )
    text: Sources = {
        "python": "def solve(head):\n    head.next = head\n    return head\n",
        "javascript": "function solve(head) { head.next = head; return head; }\n",
        "java": "class Main { ListNode solve(ListNode head) { head.next = head; return head; } }\n",
    }
    nodes = NODES[language]
    run = await judged(sandbox, about, language, text[language] + nodes)
    assert run.states == ["error", "failed"]
    assert "has no end" in run.cases[0]["error"]


@each_language
async def test_code_may_be_spread_over_files(sandbox: Sandbox, language: Language) -> None:
    texts: dict[Language, tuple[str, str, str]] = {
        "python": ("from more import add\ndef solve(a, b): return add(a, b)\n", "more.py",
                   "def add(a, b): return a + b\n"),
        "javascript": ('const { add } = require("./more.js");\nconst solve = add;\n',
                       "more.js", "exports.add = (a, b) => a + b;\n"),
        "java": ("class Main { static int solve(int a, int b) { return More.add(a, b); } }\n",
                 "More.java", "class More { static int add(int a, int b) { return a + b; } }\n"),
    }  # fmt: skip
    text, path, other = texts[language]
    run = await judged(sandbox, SUM, language, text, files={path: other})
    assert run.states == ["passed"] * 3


async def test_javascript_may_be_a_module_or_asynchronous(sandbox: Sandbox) -> None:
    text = 'import { EOL } from "node:os";\nexport async function solve(a, b) { return a + b; }\n'
    run = await judged(sandbox, SUM, "javascript", text)
    assert run.states == ["passed"] * 3, run
    text = 'import "node:os";\n\nfunction solve(a, b) { return missing; }\n'
    run = await judged(sandbox, SUM, "javascript", text)
    assert "main.js:3" in run.cases[0]["error"]


async def test_calls_that_a_script_makes_itself_decide_nothing(sandbox: Sandbox) -> None:
    text = "function solve(a, b) { return a + b; }\nconsole.log(solve(1, 1));\nthrow new Error();\n"
    run = await judged(sandbox, SUM, "javascript", text)
    assert run.states == ["passed"] * 3
    assert [case["printed"] for case in run.cases] == [None] * 3


@each_language
async def test_input_is_empty_for_judged_code(sandbox: Sandbox, language: Language) -> None:
    reads = body(
        {
            "python": "import sys; return a + b + len(sys.stdin.read())",
            "javascript": 'return a + b + require("fs").readFileSync(0).length;',
            "java": "try { return a + b + 1 + System.in.read(); } catch (Exception e) {} return 9;",
        }
    )
    run = await judged(sandbox, SUM, language, reads[language])
    assert run.states == ["passed"] * 3, run
