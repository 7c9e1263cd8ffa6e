"""A problem as it is written down (`Draft`) and as it is used (`Problem`)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from server.problems.values import LANGUAGES, PATHS, Language, ValueType, written

Difficulty = Literal["easy", "medium", "hard"]

STARTER_CHARACTERS: Final = 20_000
"""Of one starter. Java takes no method above 64 KB of code; what 20,000 characters of literals
come to stays below."""

# Bounds of everything written by hand: far above what a problem needs, little enough to show.
Line = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=2_000)]
Name = Annotated[str, Meta(max_length=60)]
TypeName = Annotated[str, Meta(max_length=40)]
Code = Annotated[str, Meta(max_length=STARTER_CHARACTERS)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class Example(_Strict, frozen=True):
    input: Text
    output: Text
    explanation: Text = ""


class Parameter(_Strict, frozen=True):
    name: Name
    type: TypeName


class Result(_Strict, frozen=True):
    """What a call comes to: the value returned, or a parameter changed in place."""

    type: TypeName
    in_place: Name | None = None


class Names(_Strict, frozen=True):
    """What the function is called in each language."""

    python: Name
    javascript: Name
    java: Name


class Signature(_Strict, frozen=True):
    name: Names
    parameters: Annotated[list[Parameter], Meta(max_length=10)]
    result: Result


class Test(_Strict, frozen=True):
    args: list[Any]
    expected: Any


class Tolerance(_Strict, frozen=True):
    """Numbers may differ by so much, absolutely or relative to what is expected."""

    tolerance: Annotated[float, Meta(gt=0, le=1)]


Compare = Literal["exact", "any-order", "one-of"] | Tolerance
"""When a result is right: when it equals `expected`; when the entries of its outermost array are
the same in whatever order; when it equals one of those that `expected` lists; or nearly."""


class Limits(_Strict, frozen=True):
    """What all tests together may use; None: what any run may."""

    seconds: Annotated[float, Meta(ge=0.1, le=30)] | None = None
    memory_mib: Annotated[int, Meta(ge=16, le=1024)] | None = None


class Starter(_Strict, frozen=True):
    """The code people start from, by language."""

    python: str
    javascript: str
    java: str


class DraftStarter(_Strict, frozen=True):
    """Starters written by hand; one that is empty is made from signature and tests."""

    python: Code | None = None
    javascript: Code | None = None
    java: Code | None = None


class Draft(_Strict, frozen=True, kw_only=True):
    """A problem as its author writes it down."""

    title: Annotated[str, Meta(max_length=120)]
    difficulty: Difficulty
    tags: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=10)] = []
    statement: Annotated[str, Meta(max_length=20_000)]
    notes: Annotated[list[Line], Meta(max_length=20)] = []
    examples: Annotated[list[Example], Meta(max_length=10)] = []
    constraints: Annotated[list[Line], Meta(max_length=20)] = []
    signature: Signature
    starter: DraftStarter = DraftStarter()
    tests: Annotated[list[Test], Meta(max_length=200)]
    hidden_tests: Annotated[list[Test], Meta(max_length=200)]
    compare: Compare = "exact"
    limits: Limits = Limits()


class Problem(_Strict, frozen=True):
    """One problem, checked. `hidden_tests` are for judging only and never leave the server."""

    id: str
    title: str
    difficulty: Difficulty
    tags: list[str]
    statement: str
    notes: list[str]
    examples: list[Example]
    constraints: list[str]
    signature: Signature
    starter: Starter
    tests: list[Test]
    hidden_tests: list[Test]
    compare: Compare = "exact"
    limits: Limits = Limits()

    def public(self) -> dict[str, Any]:
        """The JSON object of one problem, with its visible tests only."""
        shown = msgspec.to_builtins(self)
        del shown["id"], shown["hiddenTests"]
        return {"_id": self.id, **shown}

    def seed_files(self) -> list[tuple[str, Language, str]]:
        """The files a session starts with: (path, language, text with LF line ends)."""
        return [(path, lang, getattr(self.starter, lang)) for lang, path in PATHS.items()]

    def expected_output(self, language: Language) -> str | None:
        """What the starter file prints once solved: a line for each visible test, ended by LF.
        None where there is more than one right answer."""
        if self.compare != "exact":
            return None
        kind = ValueType.parse(self.signature.result.type)
        return "".join(written(test.expected, kind, language) + "\n" for test in self.tests)


def given_starters(draft: Draft) -> dict[Language, str]:
    """The starters that the author wrote."""
    texts = {language: getattr(draft.starter, language) for language in LANGUAGES}
    return {language: text for language, text in texts.items() if text}
