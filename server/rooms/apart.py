"""Telling people in rooms that workers do not hear each other, and that they do again.

Rooms go on at each worker, and come to the same text by themselves. But somebody may not see what
another writes, and should know why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from server.bus.base import Bus
from server.rooms.room import Room

PATIENCE_SECONDS: Final = 2.0
"""What is mended within this is not told."""


class Apart:
    """Of all rooms of one worker. ``on``: people were told, and it is still so."""

    def __init__(self, bus: Bus, rooms: Callable[[], Iterable[Room]]) -> None:
        self.on = False
        self._bus = bus
        self._rooms = rooms
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        self._bus.on_health.append(self._look)
        self._look()

    def close(self) -> None:
        """Doing it twice changes nothing."""
        if self._look in self._bus.on_health:
            self._bus.on_health.remove(self._look)
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        if self._bus.trouble is None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._tell(on=False)
        elif self._timer is None and not self.on:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(PATIENCE_SECONDS, self._still)

    def _still(self) -> None:
        self._timer = None
        self._tell(on=True)

    def _tell(self, *, on: bool) -> None:
        if on is self.on:
            return
        self.on = on
        event: dict[str, Any] = {"type": "apart", "apart": on}
        for room in list(self._rooms()):
            room.event(event)
