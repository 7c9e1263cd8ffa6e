"""Listeners of a bus that remember what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from server.bus.base import Bus

SECONDS: Final = 20.0


class Ear:
    """`told`: in order (origin, payload) of what was heard, (origin, None) of what was missed."""

    def __init__(self) -> None:
        self.told: list[tuple[str | None, bytes | None]] = []
        self._changed = asyncio.Event()

    def hear(self, origin: str, payload: bytes) -> None:
        self.told.append((origin, payload))
        self._changed.set()

    def missed(self, origin: str | None) -> None:
        self.told.append((origin, None))
        self._changed.set()

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _, payload in self.told if payload is not None]

    @property
    def misses(self) -> list[str | None]:
        return [origin for origin, payload in self.told if payload is None]

    async def until(self, met: Callable[[Ear], object]) -> None:
        """Returns as soon as the condition holds."""
        async with asyncio.timeout(SECONDS):
            while not met(self):
                self._changed.clear()
                await self._changed.wait()

    async def until_heard(self, *payloads: bytes) -> None:
        """Returns as soon as all of these were heard."""
        await self.until(lambda ear: set(payloads) <= set(ear.payloads))


async def until(met: Callable[[], object]) -> None:
    """Returns as soon as the condition holds, which nobody tells of."""
    async with asyncio.timeout(SECONDS):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_others(end: Bus, room: str, count: int) -> None:
    """Returns as soon as so many other ends listen to the room."""
    async with asyncio.timeout(SECONDS):
        while await end.others(room) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
