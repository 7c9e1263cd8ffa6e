"""Bytes become few whole-character chunks, and no more than allowed."""

from __future__ import annotations

from server.runner.base import Output
from server.runner.gather import TURNS, Gatherer


class Sink:
    def __init__(self, limit: int = 1000) -> None:
        self.outputs: list[Output] = []
        self.full = 0
        self.gatherer = Gatherer(limit, self.outputs.append, self._count)

    def _count(self) -> None:
        self.full += 1

    def text(self, stream: str) -> str:
        return "".join(output.text for output in self.outputs if output.stream == stream)


async def test_neighbours_of_one_stream_become_one() -> None:
    sink = Sink()
    for stream, data in (("stdout", b"a"), ("stdout", b"b"), ("stderr", b"c"), ("stdout", b"d")):
        sink.gatherer.feed("stdout" if stream == "stdout" else "stderr", data)
    sink.gatherer.finish()
    assert sink.outputs == [Output("stdout", "ab"), Output("stderr", "c"), Output("stdout", "d")]


async def test_characters_cut_by_chunks_come_whole_even_between_streams() -> None:
    sink = Sink()
    for byte in "ñ日🎉".encode():
        sink.gatherer.feed("stdout", bytes([byte]))
        sink.gatherer.feed("stderr", b".")
    sink.gatherer.finish()
    assert sink.text("stdout") == "ñ日🎉"


async def test_bytes_that_are_no_text_are_replaced() -> None:
    sink = Sink()
    sink.gatherer.feed("stdout", b"a\xffb\xe6\x97")
    sink.gatherer.finish()
    assert sink.text("stdout") == "a\ufffdb\ufffd"


async def test_exactly_the_limit_is_not_too_much() -> None:
    sink = Sink(limit=10)
    sink.gatherer.feed("stdout", b"x" * 10)
    sink.gatherer.finish()
    assert (sink.text("stdout"), sink.full, sink.gatherer.truncated) == ("x" * 10, 0, False)


async def test_what_passes_the_limit_is_cut_and_told_once() -> None:
    sink = Sink(limit=10)
    sink.gatherer.feed("stdout", b"x" * 6)
    sink.gatherer.feed("stderr", b"y" * 6)
    sink.gatherer.feed("stdout", b"z")
    sink.gatherer.finish()
    assert (sink.text("stdout"), sink.text("stderr")) == ("x" * 6, "y" * 4)
    assert (sink.full, sink.gatherer.truncated) == (1, True)


async def test_a_character_that_the_limit_cuts_is_left_out() -> None:
    sink = Sink(limit=4)
    sink.gatherer.feed("stdout", "日日".encode())
    sink.gatherer.finish()
    assert sink.text("stdout") == "日"


async def test_alternating_by_the_byte_does_not_make_an_event_of_each() -> None:
    sink = Sink()
    for _ in range(400):
        sink.gatherer.feed("stdout", b"o")
        sink.gatherer.feed("stderr", b"e")
    sink.gatherer.finish()
    assert len(sink.outputs) == TURNS
    assert sink.text("stdout") == "o" * 400
    assert sink.text("stderr") == "e" * 400
