"""What a run against the tests came to, test by test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

State = Literal["passed", "failed", "wrong", "error", "timeout", "memory", "not_run"]
"""`failed` is all that is told of a hidden test which did not pass."""

Case = dict[str, Any]
"""``{index, hidden, state, args, expected, got, error, printed, ms, memoryBytes}``; values are
text. Of a hidden test everything behind ``state`` is None."""


def case(index: int, state: State, *, hidden: bool = False, **told: Any) -> Case:
    """One case; what is not told is None."""
    return {
        "index": index,
        "hidden": hidden,
        "state": state if not hidden or state == "passed" else "failed",
        **dict.fromkeys(("args", "expected", "got", "error", "printed", "ms", "memoryBytes")),
        **({} if hidden else told),
    }


def passed_all(cases: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there are cases, and all of them passed."""
    states = [each["state"] for each in cases]
    return bool(states) and set(states) == {"passed"}
