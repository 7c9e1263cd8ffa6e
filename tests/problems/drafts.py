"""Problems written by people: drafts as JSON, and as the server reads them."""

from __future__ import annotations

from typing import Any

import msgspec

from server.problems import Draft, Language, Problem, checked

HINT: dict[Language, str] = {"python": "#", "javascript": "//", "java": "//"}


def draft(title: str = "Largest Gap", **changes: Any) -> dict[str, Any]:
    """The body of a problem that is right, with these fields instead."""
    return {
        "title": title,
        "difficulty": "easy",
        "tags": ["array", "sorting"],
        "statement": "Find the **largest gap** between two numbers that follow one another.",
        "signature": {
            "name": {"python": "largest_gap", "javascript": "largestGap", "java": "largestGap"},
            "parameters": [{"name": "nums", "type": "integer[]"}],
            "result": {"type": "integer"},
        },
        "tests": [{"args": [[1, 4, 6]], "expected": 3}, {"args": [[5, 5]], "expected": 0}],
        "hiddenTests": [{"args": [[9, 1]], "expected": 8}],
        **changes,
    }


def signature(parameters: dict[str, str], result: str, in_place: str | None = None) -> Any:
    """A function called `solve` in every language."""
    return {
        "name": {"python": "solve", "javascript": "solve", "java": "solve"},
        "parameters": [{"name": name, "type": kind} for name, kind in parameters.items()],
        "result": {"type": result} | ({"inPlace": in_place} if in_place else {}),
    }


def read(body: dict[str, Any]) -> Problem:
    """The whole problem. Raises Wrong."""
    return checked(msgspec.convert(body, Draft), "a-problem_1")


def filled(text: str, language: Language, lines: list[str]) -> str:
    """The starter with these lines where its solution belongs."""
    before, after = text.split(f"{HINT[language]} Write your solution here", 1)
    rest = after.split("\n", 1)[1]
    if language == "java" and rest.lstrip().startswith("return"):
        rest = rest.split("\n", 1)[1]
    indent = " " * (8 if language == "java" else 4)
    return before + f"\n{indent}".join(lines) + "\n" + rest
