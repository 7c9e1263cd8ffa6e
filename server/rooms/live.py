"""Telling pages that lists or figures may have changed, on every worker.

No data travels: a page asks again for what it shows, and gets what it may see. Changes are
gathered for a moment, and one who cannot be told just now is told once: nothing piles up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final, Literal, get_args

from crdt import frames
from crdt.errors import FrameError
from server.bus.base import Bus
from server.errors import TooManyListeners

TOPIC: Final = "live"
"""Its name on the bus; no session's id is like it."""

GATHER_SECONDS: Final = 0.3
"""How long changes are gathered: ending a session with many people is one change for a page."""

LISTENERS_PER_PERSON: Final = 50
"""Pages of one person that are told; far more tabs than anybody opens."""

Topic = Literal["sessions", "stats"]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)


class Listener:
    """One page of one person."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    def tell(self, what: Collection[str]) -> None:
        self._changed.update(what)
        self._wake.set()

    async def next(self) -> list[str]:
        """What has changed since the last call, as soon as anything has."""
        await self._wake.wait()
        self._wake.clear()
        changed, self._changed = sorted(self._changed), set()
        return changed


class Live:
    """Who listens on this worker, and what they have not been told yet."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._listeners: dict[str, set[Listener]] = {}
        self._everybody: set[str] = set()
        self._some: dict[str, set[str]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        await self._bus.subscribe(TOPIC, self)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._bus.unsubscribe(TOPIC)

    def join(self, user_id: str) -> Listener:
        """Somebody listens from now on. Raises TooManyListeners."""
        listener = Listener(user_id)
        theirs = self._listeners.setdefault(user_id, set())
        if len(theirs) >= LISTENERS_PER_PERSON:
            raise TooManyListeners
        theirs.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        theirs = self._listeners[listener.user_id]
        theirs.discard(listener)
        if not theirs:
            del self._listeners[listener.user_id]

    def changed(self, what: Topic, users: Collection[str] | None = None) -> None:
        """`what` may look different now: to these people, or to everybody (None)."""
        told = None if users is None else sorted(users)
        message = frames.event({"type": "changed", "what": what, "users": told})
        self._bus.publish(TOPIC, message)
        self._note(what, told)

    def hear(self, origin: str, payload: bytes) -> None:
        """What another worker says has changed. Never raises."""
        try:
            frame = frames.decode(payload)
        except FrameError:
            return
        if isinstance(frame, frames.Event):
            event = frame.payload()
            self._note(event["what"], event["users"])

    def missed(self, origin: str | None) -> None:
        """Anything may have changed: every page here asks again."""
        for what in TOPICS:
            self._note(what, None)

    def _note(self, what: str, users: Collection[str] | None) -> None:
        if users is None:
            self._everybody.add(what)
        for user_id in users or ():
            if user_id in self._listeners:
                self._some.setdefault(user_id, set()).add(what)
        if self._timer is None and (self._everybody or self._some):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        self._timer = None
        everybody, self._everybody = self._everybody, set()
        some, self._some = self._some, {}
        for user_id in list(self._listeners) if everybody else list(some):
            what = everybody | some.get(user_id, set())
            for listener in self._listeners.get(user_id, ()):
                listener.tell(what)
