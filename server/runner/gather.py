"""Bytes of two streams -> few, whole-character chunks of text, up to a limit."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable
from typing import Final

from server.runner.base import Output, Stream

GATHER_SECONDS: Final = 0.025
"""A program that floods makes some 40 events a second."""

FIRST_SECONDS: Final = 0.003
"""A first chunk hardly waits: just for the end of its line, where that is written apart."""

TURNS: Final = 16
"""Changes between the streams that are kept within one such time; beyond, each stream is still
in order, but a program that alternates by the byte does not make an event of every byte."""

_STREAMS: Final[tuple[Stream, ...]] = ("stdout", "stderr")


class Gatherer:
    """Hands `Output`s to `emit`; calls `full` once, when more than `limit` bytes have come."""

    def __init__(
        self, limit: int, emit: Callable[[Output], None], full: Callable[[], None]
    ) -> None:
        self._left = limit
        self._emit = emit
        self._full = full
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {stream: decoder(errors="replace") for stream in _STREAMS}
        self._waiting: list[Output] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self.truncated = False

    def feed(self, stream: Stream, data: bytes) -> None:
        if self.truncated or not data:
            return
        self._take(stream, self._decoders[stream].decode(data[: self._left]))
        self.truncated = len(data) > self._left
        self._left -= min(len(data), self._left)
        self._schedule()
        if self.truncated:
            self._full()

    def finish(self) -> None:
        """Emits what is left. A character that the limit cut is dropped, not shown broken."""
        if not self.truncated:
            for stream in _STREAMS:
                self._take(stream, self._decoders[stream].decode(b"", final=True))
        self.flush()

    def _take(self, stream: Stream, text: str) -> None:
        if not text:
            return
        for at in range(len(self._waiting) - 1, -1, -1):
            if self._waiting[at].stream == stream:
                self._waiting[at] = Output(stream, self._waiting[at].text + text)
                return
            if len(self._waiting) < TURNS:
                break
        self._waiting.append(Output(stream, text))

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._timer = loop.call_at(max(self._next, loop.time() + FIRST_SECONDS), self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for output in waiting:
            self._emit(output)
        self._next = asyncio.get_running_loop().time() + GATHER_SECONDS
