"""`crdt/SPEC.md` and the tests keep each other honest."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
SPEC = TESTS.parent / "crdt" / "SPEC.md"
RULE = re.compile(r"^- \*\*([A-Z]{2})(\d+)\*\* ", re.MULTILINE)


def _rules() -> list[tuple[str, int]]:
    return [(section, int(number)) for section, number in RULE.findall(SPEC.read_text("utf-8"))]


def _cited(path: Path) -> Iterator[str]:
    """The rule ids that the file names in `pytest.mark.rule(...)`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            yield from (ast.literal_eval(argument) for argument in node.args)


def test_every_rule_is_shown_by_a_test_and_every_rule_named_exists() -> None:
    rules = {f"{section}{number}" for section, number in _rules()}
    cited = {rule for path in TESTS.rglob("*.py") for rule in _cited(path)}
    assert rules - cited == set(), "rules without a test"
    assert cited - rules == set(), "tests that name no rule"


def test_rules_are_numbered_in_order_within_their_section() -> None:
    rules = _rules()
    for section in {section for section, _ in rules}:
        numbers = [number for name, number in rules if name == section]
        assert numbers == list(range(1, len(numbers) + 1)), section
    headings = re.findall(r"^## ([A-Z]{2}):", SPEC.read_text("utf-8"), re.MULTILINE)
    assert list(dict.fromkeys(section for section, _ in rules)) == headings
