"""The bus of one process: the default, and what several hubs in one test share."""

from __future__ import annotations

import asyncio

from server.bus.base import Handler


class MemoryExchange:
    """What the ends of an in-process bus have in common."""

    def __init__(self) -> None:
        self.ends: list[MemoryBus] = []


class MemoryBus:
    """One end. Alone on its exchange, publishing costs one comparison."""

    def __init__(self, exchange: MemoryExchange | None = None) -> None:
        self._exchange = exchange or MemoryExchange()
        self._exchange.ends.append(self)
        self._handlers: dict[str, Handler] = {}

    async def subscribe(self, room: str, handler: Handler) -> None:
        """From now on ``handler`` gets what the other ends publish for ``room``."""
        self._handlers[room] = handler

    async def unsubscribe(self, room: str) -> None:
        """Stop listening to ``room``; unknown rooms are fine."""
        self._handlers.pop(room, None)

    def publish(self, room: str, message: bytes) -> None:
        """Hand ``message`` to the other ends, in a later turn of the loop."""
        if len(self._exchange.ends) == 1:
            return
        loop = asyncio.get_running_loop()
        for end in self._exchange.ends:
            if end is not self:
                loop.call_soon(end._deliver, room, message)

    async def close(self) -> None:
        """Leave the exchange."""
        if self in self._exchange.ends:
            self._exchange.ends.remove(self)
        self._handlers.clear()

    def _deliver(self, room: str, message: bytes) -> None:
        handler = self._handlers.get(room)
        if handler is not None:
            handler(message)
