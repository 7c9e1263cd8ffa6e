"""What an end hears, over its connection for that: one channel a room, and one of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import structlog

from server.bus.envelope import is_of, unpack
from server.bus.inbox import Inbox
from server.bus.link import Command
from server.bus.publisher import Channels

log = structlog.stdlib.get_logger(__name__)

CHANNELS_AT_ONCE: Final = 500
"""Channels that one command names: Redis does nothing else meanwhile."""


class Subscriber:
    """One end's listening side; an `End` of a link."""

    def __init__(
        self,
        name: str,
        channels: Channels,
        inbox: Inbox,
        *,
        wake: Callable[[], None],
        changed: Callable[[str | None], None],
    ) -> None:
        """`changed` is told why nothing can be heard, or None; the inbox's listeners are told
        that they may have missed something each time that all channels are heard (again)."""
        self._name = name.encode()
        self._own = channels.end(name).encode()
        self._channels = channels
        self._inbox = inbox
        self._wake = wake
        self._changed = changed
        self._rooms: dict[bytes, str] = {}
        self._commands: list[Command] = []
        self._confirming: dict[bytes, deque[asyncio.Future[None]]] = {}
        self._open = False
        self._unheard: set[bytes] | None = None  # of the channels at the start of a connection
        self._strange = False

    # -- what the bus asks -----------------------------------------------------------------

    async def subscribe(self, room: str, seconds: float) -> None:
        """Returns when the room is heard, or when that can only be later."""
        channel = self._channels.room(room).encode()
        self._rooms[channel] = room
        if not self._open:
            return  # it is among those of the next start
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._confirming.setdefault(channel, deque()).append(confirmed)
        self._commands.append(("SUBSCRIBE", channel))
        self._wake()
        await asyncio.wait([confirmed], timeout=seconds)
        confirmed.cancel()  # a word that comes after that tells the listener instead

    def unsubscribe(self, room: str) -> None:
        channel = self._channels.room(room).encode()
        if self._rooms.pop(channel, None) is not None and self._open:
            self._commands.append(("UNSUBSCRIBE", channel))
            self._wake()

    # -- what the link asks ----------------------------------------------------------------

    def opened(self) -> None:
        channels = [self._own, *self._rooms]
        self._unheard = set(channels)
        self._commands = [
            ("SUBSCRIBE", *channels[at : at + CHANNELS_AT_ONCE])
            for at in range(0, len(channels), CHANNELS_AT_ONCE)
        ]
        self._open = True

    def fill(self) -> list[Command]:
        commands, self._commands = self._commands, []
        return commands

    def heard(self, reply: Any) -> None:
        kind, channel, what = reply
        if kind == b"message":
            self._message(what)
        elif kind == b"subscribe":
            self._confirmed(channel)

    def lost(self, why: str) -> None:
        self._open = False
        self._unheard = None
        waiting, self._confirming = self._confirming, {}
        for futures in waiting.values():
            for confirmed in futures:
                if not confirmed.done():
                    confirmed.set_result(None)
        self._changed(why)

    def _message(self, data: bytes) -> None:
        if not data or is_of(data, self._name):
            return
        try:
            envelopes = unpack(data)
        except ValueError as error:
            if not self._strange:  # once: there may be thousands
                log.error("not ours on the bus: is another version running?", error=str(error))
            self._strange = True
            return
        for envelope in envelopes:
            self._inbox.take(envelope)

    def _confirmed(self, channel: bytes) -> None:
        unheard = self._unheard
        if unheard is not None and channel in unheard:
            unheard.discard(channel)
            if not unheard:
                self._unheard = None
                for room in self._rooms.values():
                    self._inbox.missed(room)
                self._changed(None)
            return
        if futures := self._confirming.get(channel):
            confirmed = futures.popleft()
            if confirmed.cancelled():
                self._inbox.missed(self._rooms.get(channel, ""))
            elif not confirmed.done():
                confirmed.set_result(None)
            if not futures:
                del self._confirming[channel]
