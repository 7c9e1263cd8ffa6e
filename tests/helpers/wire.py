"""A connection of which the test decides everything: nothing moves by itself, no time passes.

A ``Wire`` carries messages one way. What is sent waits until the test delivers, doubles,
reorders or drops it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable


class Wire:
    """Messages on their way to ``receive``, oldest first."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive
        self.waiting: list[bytes] = []
        self.cut = False

    def send(self, message: bytes) -> None:
        """Put a message on its way; a cut wire loses it."""
        if not self.cut:
            self.waiting.append(message)

    def deliver(self, index: int = 0) -> None:
        """Let one message arrive; an index beyond 0 lets it overtake those before it."""
        self._receive(self.waiting.pop(index))

    def double(self, index: int = 0) -> None:
        """Let one message arrive now and once more at its turn."""
        self._receive(self.waiting[index])

    def drop(self, index: int = 0) -> None:
        """Lose one message."""
        del self.waiting[index]

    def disconnect(self) -> None:
        """Lose what is on its way and all that follows."""
        self.cut = True
        self.waiting.clear()


def deliver_all(wires: Callable[[], Iterable[Wire]]) -> None:
    """Deliver in order until nothing is on its way; ``wires`` gives those there are now."""
    while busy := [wire for wire in wires() if wire.waiting]:
        for wire in busy:
            if wire.waiting:
                wire.deliver()


def disturb(wire: Wire, rng: random.Random, *, orderly: bool = False) -> None:
    """Deliver a waiting message, perhaps twice; unless ``orderly``, it may overtake others or
    get lost."""
    index = 0 if orderly or rng.random() < 0.7 else rng.randrange(len(wire.waiting))
    chance = rng.random()
    if chance < 0.1 and not orderly:
        wire.drop(index)
    elif chance < 0.2:
        wire.double(index)
    else:
        wire.deliver(index)
