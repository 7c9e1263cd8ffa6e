"""The problems of `problems.yaml`: read once at start, checked whole, then only looked up.

A mistake in the file stops the server with the file, the problem and the field it is in: a wrong
test found during an interview would be far more expensive. What a solved starter file prints
follows from the visible tests and the type of the result, so nobody writes it down three times.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec
import yaml

from server.errors import NoSuchProblem, StartupError

Language = Literal["python", "javascript", "java"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
PATHS: Final[Mapping[Language, str]] = {
    "python": "main.py",
    "javascript": "main.js",
    "java": "Main.java",
}

# console.log breaks an array over lines above 6 entries or about 72 columns, and shows no array
# deeper than 3: results of visible tests stay below, so that each is one line in every language.
LONGEST_SHOWN_ARRAY: Final = 6
DEEPEST_SHOWN_ARRAY: Final = 3
WIDEST_SHOWN_ARRAY: Final = 60  # columns


class ProblemsInvalid(StartupError):
    """The problems file cannot be used; the message says which problem and which field."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class _Wrong(Exception):
    """A mistake in one field, raised while checking; `load_problems` adds file and problem."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")


class ValueType(msgspec.Struct, frozen=True):
    """A parsed type: a scalar and how many arrays are around it."""

    scalar: str
    depth: int

    @classmethod
    def parse(cls, text: str) -> "ValueType":
        """`integer[][]` -> (integer, 2). Raises ValueError for anything unknown."""
        scalar = text.rstrip("[]")
        depth, rest = divmod(len(text) - len(scalar), 2)
        if scalar not in _SCALARS or rest or text != scalar + "[]" * depth:
            known = ", ".join(_SCALARS)
            raise ValueError(f"unknown type {text!r}; known are {known}, each with [] for arrays")
        return cls(scalar, depth)

    @property
    def element(self) -> "ValueType":
        return ValueType(self.scalar, self.depth - 1)

    def accepts(self, value: object) -> bool:
        if self.depth:
            return isinstance(value, list) and all(map(self.element.accepts, value))
        return _SCALARS[self.scalar](value)


def _is_integer(value: object) -> bool:
    # 32 bits, signed: what Java's int and both other languages hold exactly
    return type(value) is int and -(2**31) <= value < 2**31


_SCALARS: Final[Mapping[str, Callable[[object], bool]]] = {
    "integer": _is_integer,
    "number": lambda value: type(value) is float or _is_integer(value),
    "string": lambda value: isinstance(value, str),
    "character": lambda value: isinstance(value, str) and len(value) == 1,
    "boolean": lambda value: isinstance(value, bool),
}


class Example(_Strict, frozen=True):
    input: str
    output: str
    explanation: str = ""


class Parameter(_Strict, frozen=True):
    name: str
    type: str


class Result(_Strict, frozen=True):
    """What a call comes to: the value returned, or a parameter changed in place."""

    type: str
    in_place: str | None = None


class PerLanguage(_Strict, frozen=True):
    python: str
    javascript: str
    java: str


class Signature(_Strict, frozen=True):
    name: PerLanguage
    parameters: list[Parameter]
    result: Result


class Test(_Strict, frozen=True):
    args: list[Any]
    expected: Any


class Problem(_Strict, frozen=True):
    """One problem, checked. `hidden_tests` are for judging only and never leave the server."""

    id: str
    title: str
    difficulty: Literal["easy", "medium", "hard"]
    tags: list[str]
    statement: str
    notes: list[str]
    examples: list[Example]
    constraints: list[str]
    signature: Signature
    starter: PerLanguage
    tests: list[Test]
    hidden_tests: list[Test]

    def summary(self) -> dict[str, Any]:
        """The JSON row of a list of problems."""
        return {
            "_id": self.id,
            "title": self.title,
            "difficulty": self.difficulty,
            "tags": list(self.tags),
        }

    def public(self) -> dict[str, Any]:
        """The JSON object of one problem, with its visible tests only."""
        shown = msgspec.to_builtins(self)
        del shown["id"], shown["hiddenTests"]
        return {"_id": self.id, **shown}

    def seed_files(self) -> list[tuple[str, Language, str]]:
        """The files a session starts with: (path, language, text with LF line ends)."""
        return [(path, lang, getattr(self.starter, lang)) for lang, path in PATHS.items()]

    def expected_output(self, language: Language) -> str:
        """What the starter file prints once solved: a line for each visible test, ended by LF."""
        kind = ValueType.parse(self.signature.result.type)
        return "".join(written(test.expected, kind, language) + "\n" for test in self.tests)


class Problems:
    """All problems in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._by_name = {_key(name): p for p in problems for name in (p.id, p.title)}

    def all(self) -> list[Problem]:
        return list(self._problems)

    def get(self, id_or_title: str) -> Problem:
        """By id or title, whatever the case. Raises NoSuchProblem."""
        try:
            return self._by_name[_key(id_or_title)]
        except KeyError:
            raise NoSuchProblem(f"There is no problem called {id_or_title!r}.") from None


def _key(name: str) -> str:
    return name.strip().casefold()


def written(value: Any, kind: ValueType, language: Language) -> str:
    """A result as the language itself prints it (print, console.log, Arrays.toString)."""
    if kind.depth:
        inner = [written(entry, kind.element, language) for entry in value]
        if kind.depth == 1 and kind.scalar in ("string", "character") and language != "java":
            inner = [f"'{entry}'" for entry in inner]
        if language == "javascript" and inner:
            return f"[ {', '.join(inner)} ]"
        return f"[{', '.join(inner)}]"
    if kind.scalar == "boolean":
        return str(value) if language == "python" else str(value).lower()
    if kind.scalar == "number":
        return repr(float(value)).removesuffix(".0" if language == "javascript" else "")
    return str(value)


def load_problems(path: Path) -> Problems:
    """Reads and checks the whole file. Raises ProblemsInvalid."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProblemsInvalid(f"{path}: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise ProblemsInvalid(f"{path}: expected a list of problems")
    problems: list[Problem] = []
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = entry.get("id") if isinstance(entry, dict) else None
        try:
            problem = _convert(entry)
            for field, message in _mistakes(problem, taken):
                raise _Wrong(field, message)
        except _Wrong as wrong:
            raise ProblemsInvalid(f"{path}: problem {name or f'no. {number}'}: {wrong}") from None
        taken |= {_key(problem.id), _key(problem.title)}
        problems.append(problem)
    return Problems(problems)


def _convert(entry: object) -> Problem:
    try:
        return msgspec.convert(entry, Problem)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise _Wrong(where.strip(".`") or "the entry", message) from None


def _mistakes(problem: Problem, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Every (field, message) that the types of the fields cannot express."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.id):
        yield "id", f"{problem.id!r} is not lower-case words joined by hyphens"
    for field, name in (("id", problem.id), ("title", problem.title)):
        if not _key(name):
            yield field, "is empty"
        if _key(name) in taken:
            yield field, f"{name!r} is the id or title of another problem"
    for language in LANGUAGES:
        text: str = getattr(problem.starter, language)
        function: str = getattr(problem.signature.name, language)
        if "\r" in text or not text.endswith("\n"):
            yield f"starter.{language}", "line ends must be LF, also the last"
        if not re.search(rf"\b{re.escape(function)}\(", text):
            yield f"starter.{language}", f"does not contain the function {function!r}"
    yield from _signature_mistakes(problem.signature)
    yield from _test_mistakes(problem)


def _signature_mistakes(signature: Signature) -> Iterator[tuple[str, str]]:
    typed = [(f"parameters[{at}]", p.type) for at, p in enumerate(signature.parameters)]
    for where, text in [*typed, ("result", signature.result.type)]:
        try:
            ValueType.parse(text)
        except ValueError as error:
            yield f"signature.{where}.type", str(error)
    names = {p.name: p.type for p in signature.parameters}
    changed = signature.result.in_place
    if changed is not None and names.get(changed) != signature.result.type:
        yield "signature.result.inPlace", f"no parameter {changed!r} of the result's type"


def _test_mistakes(problem: Problem) -> Iterator[tuple[str, str]]:
    signature = problem.signature
    kinds = [ValueType.parse(parameter.type) for parameter in signature.parameters]
    result = ValueType.parse(signature.result.type)
    for field, tests in (("tests", problem.tests), ("hiddenTests", problem.hidden_tests)):
        if not tests:
            yield field, "at least one is needed"
        for at, test in enumerate(tests):
            if len(test.args) != len(kinds):
                yield f"{field}[{at}].args", f"{len(test.args)} given, {len(kinds)} declared"
            for order, (parameter, kind, value) in enumerate(
                zip(signature.parameters, kinds, test.args, strict=False)
            ):
                if not kind.accepts(value):
                    yield f"{field}[{at}].args[{order}]", f"{value!r} is not {parameter.type}"
            if not result.accepts(test.expected):
                yield f"{field}[{at}].expected", f"{test.expected!r} is not {signature.result.type}"
    for at, test in enumerate(problem.tests):
        if not _prints_alike(test.expected, result):
            yield (
                f"tests[{at}].expected",
                f"{test.expected!r} is not one plain line in every language: keep arrays to "
                f"{LONGEST_SHOWN_ARRAY} entries and text printable and without quotes, or make "
                "the test hidden",
            )


def _prints_alike(value: Any, kind: ValueType) -> bool:
    """Whether `written` is right for it; beyond this each language escapes its own way."""
    if kind.depth:
        return (
            kind.depth <= DEEPEST_SHOWN_ARRAY
            and len(value) <= LONGEST_SHOWN_ARRAY
            and len(written(value, kind, "javascript")) <= WIDEST_SHOWN_ARRAY
            and all(_prints_alike(entry, kind.element) for entry in value)
        )
    if kind.scalar == "number":
        return bool(value == 0 or 1e-3 <= abs(value) < 1e7)  # else Java changes to 1.0E7
    if isinstance(value, str):
        return value.isprintable() and not set(value) & set("'\"\\`")
    return True
