"""Problems: what one is, the file of them, and what is made from a signature and tests."""

from server.problems.checks import Wrong, checked, complete, key
from server.problems.file import Problems, ProblemsInvalid, load_problems
from server.problems.model import (
    Compare,
    Difficulty,
    Draft,
    Limits,
    Problem,
    Test,
    Tolerance,
    given_starters,
)
from server.problems.values import LANGUAGES, PATHS, Language, ValueType, written

__all__ = [
    "LANGUAGES",
    "PATHS",
    "Compare",
    "Difficulty",
    "Draft",
    "Language",
    "Limits",
    "Problem",
    "Problems",
    "ProblemsInvalid",
    "Test",
    "Tolerance",
    "ValueType",
    "Wrong",
    "checked",
    "complete",
    "given_starters",
    "key",
    "load_problems",
    "written",
]
