"""JSON from strangers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from crdt import strictjson
from crdt.errors import FrameError
from crdt.limits import JSON_DEPTH
from tests.crdt.strategies import JSON_OBJECTS


@pytest.mark.rule("FR13")
@given(JSON_OBJECTS)
def test_objects_are_read_as_they_were_written(value: dict[str, Any]) -> None:
    assert strictjson.parse_object(json.dumps(value)) == value
    assert strictjson.parse_object(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.rule("FR13")
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_browsers_refuse_are_refused(word: str) -> None:
    with pytest.raises(FrameError, match="is not JSON"):
        strictjson.parse_object(f'{{"x": {word}}}')


@pytest.mark.rule("FR13")
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"a"}', '{"a":1,}', '{"a":' + "9" * 5000 + "}"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(FrameError, match="JSON"):
        strictjson.parse_object(text)


def _nested(depth: int) -> str:
    return '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.rule("FR14")
def test_nesting_ends_at_the_limit() -> None:
    strictjson.parse_object(_nested(JSON_DEPTH))
    for depth in (JSON_DEPTH + 1, 100_000):
        with pytest.raises(FrameError, match="deeper"):
            strictjson.parse_object(_nested(depth))


@pytest.mark.rule("FR14")
def test_width_and_brackets_in_strings_are_not_depth() -> None:
    assert len(strictjson.parse_object('{"a":[' + ",".join(["[]"] * 1000) + "]}")["a"]) == 1000
    for inside in ("[" * 1000, '\\"' + "{" * 1000, '\\\\\\"[[' * 50):
        text = f'{{"a":"{inside}","b":[{{}}]}}'
        assert strictjson.parse_object(text) == json.loads(text)


@pytest.mark.rule("FR14")
def test_depth_behind_a_string_that_ends_in_a_backslash_is_seen() -> None:
    with pytest.raises(FrameError, match="deeper"):
        strictjson.parse_object('{"a":"\\\\","b":' + _nested(JSON_DEPTH) + "}")


@pytest.mark.rule("FR14")
def test_a_string_that_never_ends_is_looked_at_once() -> None:
    """Its quotes were each taken for its beginning: 64 kB took 20 s, this would take minutes."""
    with pytest.raises(FrameError, match="JSON"):
        strictjson.parse_object("{}" * 40 + '"' + '\\"' * 200_000)
