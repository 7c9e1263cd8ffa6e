"""Problems: what one is, the file of them, and what is made from a signature and tests."""

from server.problems.checks import Wrong, checked, complete, key
from server.problems.file import Problems, ProblemsInvalid, load_problems
from server.problems.model import Difficulty, Draft, Problem, given_starters
from server.problems.values import LANGUAGES, PATHS, Language, ValueType, written

__all__ = [
    "LANGUAGES",
    "PATHS",
    "Difficulty",
    "Draft",
    "Language",
    "Problem",
    "Problems",
    "ProblemsInvalid",
    "ValueType",
    "Wrong",
    "checked",
    "complete",
    "given_starters",
    "key",
    "load_problems",
    "written",
]
