"""The bus of one process: the default, and what several hubs in one test share.

It loses nothing, so nothing is ever announced; all else is as over Redis, numbers among it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection

from server.bus.base import Figures, Listener
from server.bus.envelope import Envelope, Kind
from server.bus.inbox import Inbox
from server.bus.sequence import Outgoing


class MemoryExchange:
    """What the ends of an in-process bus have in common."""

    def __init__(self) -> None:
        self.ends: dict[str, MemoryBus] = {}

    def carry(self, envelope: Envelope, to: MemoryBus) -> None:
        """Bring one envelope to one end."""
        to.take(envelope)


class MemoryBus:
    """One end. Alone on its exchange, publishing costs one comparison."""

    trouble: str | None = None

    def __init__(self, exchange: MemoryExchange | None = None) -> None:
        self.name = secrets.token_hex(8)
        self.figures = Figures()
        self.on_health: list[Callable[[], None]] = []
        self._exchange = exchange or MemoryExchange()
        self._exchange.ends[self.name] = self
        self._inbox = Inbox(self.name, self.figures)
        self._numbers = Outgoing()

    async def start(self) -> None:
        """It carries from the moment it is made."""

    async def close(self) -> None:
        """Leave the exchange."""
        self._exchange.ends.pop(self.name, None)
        self._inbox.clear()

    async def subscribe(self, room: str, listener: Listener) -> None:
        """From now on the listener gets what the other ends publish for ``room``."""
        self._inbox.listen(room, listener)

    async def unsubscribe(self, room: str) -> None:
        """Stop listening to ``room``; unknown rooms are fine."""
        self._inbox.forget(room)

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None:
        """Hand the message to the other ends (`to`: at least to these; here it costs no more to
        hand it to all), in a later turn of the loop."""
        self.figures.published += 1
        if len(self._exchange.ends) == 1:
            return  # whoever comes later hears of what is published later
        number, opening = self._numbers.next(room)
        kind = Kind.OPENING if opening else Kind.MESSAGES
        envelope = Envelope(kind, self.name, number, room, (payload,))
        for end in list(self._exchange.ends.values()):
            if end is not self:
                self._exchange.carry(envelope, end)

    def send(self, to: str, room: str, payload: bytes) -> None:
        """Hand the message to one end alone; to nobody where there is none of that name."""
        self.figures.published += 1
        if (end := self._exchange.ends.get(to)) is not None:
            head = self._numbers.head(room)
            self._exchange.carry(Envelope(Kind.DIRECT, self.name, head, room, (payload,)), end)

    async def others(self, room: str) -> int:
        """How many other ends listen to ``room``."""
        ends = self._exchange.ends.values()
        return sum(end is not self and end.listens(room) for end in ends)

    def silence(self) -> float:
        return 0.0

    def listens(self, room: str) -> bool:
        return room in self._inbox

    def take(self, envelope: Envelope) -> None:
        """What the exchange brings."""
        self._inbox.take(envelope)
