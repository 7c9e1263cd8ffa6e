"""Mistakes in a body, by field, place and words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from server.api.explained import explained


class Leaf(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=3)]
    marks: list[int] = []


class Tree(msgspec.Struct):
    kind: Literal["oak", "ash"] | None = None
    age: Annotated[int, Meta(ge=1, le=100)] = 1
    leaves: Annotated[list[Leaf], Meta(max_length=4)] = []


GOOD = {"name": "a"}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"kind": "elm"}, "kind", "kind must be one of oak, ash."),
        ({"age": 0}, "age", "age must be at least 1."),
        ({"age": 101}, "age", "age must be at most 100."),
        ({"leaves": [GOOD] * 5}, "leaves", "leaves must have at most 4 entries."),
        ({"leaves": [GOOD, 7]}, "leaves[1]", "leaves[1] must be an object, not a number."),
        ({"leaves": [GOOD, GOOD, {}]}, "leaves[2].name", "leaves[2].name is missing."),
        (
            {"leaves": [{**GOOD, "x": 1}]},
            "leaves[0].x",
            "leaves[0].x is not a field that is known here.",
        ),
        (
            {"leaves": [GOOD, {"name": "abcd"}, {"name": "abcd"}]},
            "leaves[1].name",
            "leaves[1].name must have at most 3 characters.",
        ),
        (
            {"leaves": [GOOD, GOOD, {**GOOD, "marks": [1, 2, 3, "x"]}, {"name": 1}]},
            "leaves[2].marks[3]",
            "leaves[2].marks[3] must be a number, not text.",
        ),
        ([], None, "The body must be a JSON object."),
    ],
)
def test_a_mistake_is_told_by_its_place(given: Any, field: str | None, message: str) -> None:
    before = msgspec.json.encode(given)
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(given, Tree)
    told = explained(str(refused.value), given, Tree)
    assert (told.field, told.message) == (field, message)
    assert msgspec.json.encode(given) == before


@pytest.mark.parametrize("path", ["$.x[...]", "$[...]", "$.leaves[...][...]", "$", "$.name[...]"])
def test_a_name_that_looks_like_a_place_does_no_harm(path: str) -> None:
    for given in ({**GOOD, f"x` - at `{path}": 1}, {**GOOD, f" - at `{path}": 1}):
        with pytest.raises(msgspec.ValidationError) as refused:
            msgspec.convert(given, Leaf)
        assert explained(str(refused.value), given, Leaf).status == 400
