"""What the rooms of a worker count about themselves, as cheaply as it can be counted.

Plain numbers that whoever wants to know reads (``server.api.metrics``). A message costs one
addition and one comparison; one in 64 is timed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from crdt.errors import CloseCode
from server.rooms.wire import Turn

SAMPLE_MASK: Final = 63
"""A message is timed when its number has none of these bits: one in 64."""


class Pulse:
    """Counts of one worker."""

    __slots__ = ("closes", "messages", "on_timed", "said")

    def __init__(self) -> None:
        self.messages = 0
        """Binary messages that rooms took."""
        self.said = 0
        """Chat messages that were stored."""
        self.closes: Counter[CloseCode | None] = Counter()
        """Connections that ended, by the code we sent; None: the client went by itself."""
        self.on_timed: Callable[[float], None] = lambda _: None
        """Called with the seconds from a message to the bytes that followed from it."""

    def sample(self, turn: Turn) -> None:
        """Time the message that is being handled: until all who get it at once were written to.

        Within a turn rooms act first, then connections write; what a room asks for while it acts
        comes behind those writes.
        """
        began = time.perf_counter()
        turn.then(lambda: turn.then(lambda: self._timed(began)))

    def _timed(self, began: float) -> None:
        self.on_timed(time.perf_counter() - began)
