"""One call at a time for each key, whose result everybody who asks meanwhile gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedCalls(Generic[T]):
    """Calls under way, by key. Nothing is kept once a call is over."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[T]] = {}

    async def get(self, key: str, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of ``call()``, or of the one that is under way for ``key``; raises what it
        raises. One who gives up waiting does not take it from the others."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(call(), name=f"shared-{key}")
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)
