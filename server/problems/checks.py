"""What a problem's types cannot express: every mistake by the field it is in, and a draft made
whole. The file and people's own problems pass through here alike."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from typing import Any, Final

from server.problems.model import (
    STARTER_CHARACTERS,
    Draft,
    Problem,
    Signature,
    Starter,
    Test,
    Tolerance,
    given_starters,
)
from server.problems.nodes import CLASSES, NAMES
from server.problems.starters import made_starter
from server.problems.values import (
    LANGUAGES,
    LONGEST_SHOWN_ARRAY,
    Language,
    ValueType,
    prints_alike,
)

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


def _of_nodes(language: Language) -> list[str]:
    """What starters with lists or trees define."""
    return [*CLASSES.values(), *(name for pair in NAMES[language].values() for name in pair)]


RESERVED: Final[dict[Language, frozenset[str]]] = {
    # beside the words of each language, what the main part of a starter needs
    "python": frozenset((*keyword.kwlist, "print", "__name__", *_of_nodes("python"))),
    "javascript": _words(
        "await break case catch class const continue debugger default delete do else enum eval",
        "export extends false finally for function if implements import in instanceof interface",
        "let new null package private protected public return static super switch this throw true",
        "try typeof undefined var void while with yield arguments console",
        *_of_nodes("javascript"),
    ),
    "java": _words(
        "_ abstract assert boolean break byte case catch char class const continue default do",
        "double else enum extends false final finally float for goto if implements import",
        "instanceof int interface long native new null package private protected public return",
        "short static strictfp super switch synchronized this throw throws transient true try void",
        "volatile while main",
        *_of_nodes("java"),
    ),
}

Mistakes = Iterator[tuple[str, str]]
"""Each as (field, what is wrong with it)."""


class Wrong(Exception):
    """A mistake in one field of a problem, such as `tests[0].args[1]`."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


def key(name: str) -> str:
    """What two names have in common that are the same but for case and blanks around."""
    return name.strip().casefold()


def complete(draft: Draft, problem_id: str) -> Problem:
    """The problem with every starter that its author left out. Expects a draft without mistakes."""
    starters = given_starters(draft)
    for language in LANGUAGES:
        if language not in starters:
            starters[language] = made_starter(draft.signature, draft.tests, language)
    return Problem(
        id=problem_id,
        title=draft.title,
        difficulty=draft.difficulty,
        tags=draft.tags,
        statement=draft.statement,
        notes=draft.notes,
        examples=draft.examples,
        constraints=draft.constraints,
        signature=draft.signature,
        starter=Starter(**starters),
        tests=draft.tests,
        hidden_tests=draft.hidden_tests,
        compare=draft.compare,
        limits=draft.limits,
    )


def checked(draft: Draft, problem_id: str) -> Problem:
    """The whole problem. Raises Wrong with the first mistake there is."""
    for field, message in _mistakes(draft):
        raise Wrong(field, message)
    problem = complete(draft, problem_id)
    for language in LANGUAGES:
        if len(getattr(problem.starter, language)) > STARTER_CHARACTERS:
            raise Wrong("tests", "are too long to stand in a starter: make the long ones hidden")
    return problem


def _mistakes(draft: Draft) -> Mistakes:
    if not key(draft.title):
        yield "title", "is empty"
    if not draft.title.isprintable():
        yield "title", "has line breaks or invisible characters"
    if not draft.statement.strip():
        yield "statement", "is empty"
    for at, tag in enumerate(draft.tags):
        if not tag.strip() or not tag.isprintable():
            yield f"tags[{at}]", "is empty or has invisible characters"
    for language, text in given_starters(draft).items():
        function: str = getattr(draft.signature.name, language)
        if "\r" in text or not text.endswith("\n"):
            yield f"starter.{language}", "line ends must be LF, also the last"
        if not re.search(rf"\b{re.escape(function)}\(", text):
            yield f"starter.{language}", f"does not contain the function {function!r}"
    yield from _signature_mistakes(draft.signature)
    yield from _compare_mistakes(draft)
    yield from _test_mistakes(draft)


def _signature_mistakes(signature: Signature) -> Mistakes:
    for language in LANGUAGES:
        function: str = getattr(signature.name, language)
        if not IDENTIFIER.fullmatch(function) or function in RESERVED[language]:
            yield (
                f"signature.name.{language}",
                f"{function!r} is no name for a function in {language}",
            )
    if not signature.parameters:
        yield "signature.parameters", "at least one is needed"
    seen: set[str] = set()
    for at, parameter in enumerate(signature.parameters):
        reserved = any(parameter.name in words for words in RESERVED.values())
        if not IDENTIFIER.fullmatch(parameter.name) or reserved:
            yield (
                f"signature.parameters[{at}].name",
                f"{parameter.name!r} is no name for a parameter in every language",
            )
        if parameter.name in seen:
            yield f"signature.parameters[{at}].name", f"{parameter.name!r} is there twice"
        seen.add(parameter.name)
    yield from _type_mistakes(signature)


def _type_mistakes(signature: Signature) -> Mistakes:
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
    kind = ValueType.parse(signature.result.type)
    yield from _node_mistakes(signature, kind)
    if changed is not None and not kind.depth and not kind.nodes:
        yield "signature.result.inPlace", "only an array or nodes can be changed in place"


def _node_mistakes(signature: Signature, result: ValueType) -> Mistakes:
    if result.nodes and result.depth:
        yield "signature.result.type", "a result is one list or tree, no array of them"
    held: dict[str, str] = {}
    for at, kind in enumerate([ValueType.parse(each.type) for each in signature.parameters]):
        if kind.nodes and held.setdefault(kind.nodes, kind.scalar) != kind.scalar:
            yield f"signature.parameters[{at}].type", "all nodes hold values of one type"
    if result.nodes and held.get(result.nodes, result.scalar) != result.scalar:
        yield "signature.result.type", "all nodes hold values of one type"


def _compare_mistakes(draft: Draft) -> Mistakes:
    kind = ValueType.parse(draft.signature.result.type)
    if draft.compare == "any-order" and not kind.values.depth:
        yield "compare", f"a result of the type {draft.signature.result.type} has no order"
    if isinstance(draft.compare, Tolerance) and kind.scalar != "number":
        yield "compare", "only results of numbers have a tolerance"


def _expected(draft: Draft, test: Test) -> list[Any] | None:
    """Every result that is right; None where it is no list though it must be."""
    if draft.compare != "one-of":
        return [test.expected]
    return test.expected if isinstance(test.expected, list) and test.expected else None


def _test_mistakes(draft: Draft) -> Mistakes:
    signature = draft.signature
    kinds = [ValueType.parse(parameter.type) for parameter in signature.parameters]
    result = ValueType.parse(signature.result.type)
    for field, tests in (("tests", draft.tests), ("hiddenTests", draft.hidden_tests)):
        if not tests:
            yield field, "at least one is needed"
        for at, test in enumerate(tests):
            if len(test.args) != len(kinds):
                yield f"{field}[{at}].args", f"{len(test.args)} given, {len(kinds)} declared"
            for order, (parameter, kind, value) in enumerate(
                zip(signature.parameters, kinds, test.args, strict=False)
            ):
                if not kind.accepts(value):
                    yield f"{field}[{at}].args[{order}]", f"{_shown(value)} is not {parameter.type}"
            yield from _expected_mistakes(draft, test, result, f"{field}[{at}].expected")
    for at, test in enumerate(draft.tests):
        for right in _expected(draft, test) or ():
            if not prints_alike(right, result):
                yield (
                    f"tests[{at}].expected",
                    f"{_shown(right)} is not one plain line in every language: keep arrays to "
                    f"{LONGEST_SHOWN_ARRAY} entries and text printable and without quotes, or "
                    "make the test hidden",
                )


def _expected_mistakes(draft: Draft, test: Test, result: ValueType, field: str) -> Mistakes:
    right = _expected(draft, test)
    if right is None:
        yield field, f"{_shown(test.expected)} is no list of the results that are right"
    for value in right or ():
        if not result.accepts(value):
            yield field, f"{_shown(value)} is not {draft.signature.result.type}"


def _shown(value: object) -> str:
    """A value in a message, as JSON; its beginning is enough to find it."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:  # nested so deeply that it could just be read
        return "a value nested that deeply"
    return text if len(text) <= 80 else f"{text[:79]}…"
