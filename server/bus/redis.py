"""The bus over Redis: its pub/sub carries what several workers have to tell each other.

Nothing is kept in Redis, and nothing has to be: what it loses is noticed by numbers, and the
rooms make up for it. While it is away, or hangs, everybody goes on alone and it is tried again,
for ever.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Collection
from typing import Final

import structlog
from redis.asyncio import ConnectionPool

from server.bus.base import Figures, Listener
from server.bus.inbox import Inbox
from server.bus.link import Link
from server.bus.publisher import BUFFER_BYTES, Channels, Publisher
from server.bus.subscriber import Subscriber
from server.stopping import stop

log = structlog.stdlib.get_logger(__name__)

START_SECONDS: Final = 2.0
"""How long a start waits for Redis before it goes on without."""

ANSWER_SECONDS: Final = 2.0
"""How long a room's opening waits for a word of Redis."""

ANNOUNCE_SECONDS: Final = 1.0
FLUSH_SECONDS: Final = 1.0
"""How long the end of a process waits until Redis has what is said already."""

NOT_YET: Final = "Redis has not answered yet"


class RedisBus:
    """One end."""

    def __init__(self, url: str, prefix: str, *, buffer_bytes: int = BUFFER_BYTES) -> None:
        """`url`: as ``redis.from_url`` takes it; `prefix` tells deployments apart that share a
        Redis. Raises ValueError for an address that cannot be one."""
        self.name = secrets.token_hex(8)
        self.figures = Figures()
        self.on_health: list[Callable[[], None]] = []
        self.trouble: str | None = NOT_YET
        self._troubles: dict[str, str | None] = {"hearing": NOT_YET, "saying": NOT_YET}
        self._was_well = False
        self._warned = False
        self._well = asyncio.Event()
        self._inbox = Inbox(self.name, self.figures)
        channels, pool = Channels(prefix), _connections(url)
        self._publisher = Publisher(
            self.name,
            channels,
            self.figures,
            wake=lambda: self._saying.wake(),
            changed=lambda why: self._changed("saying", why),
            buffer_bytes=buffer_bytes,
        )
        self._subscriber = Subscriber(
            self.name,
            channels,
            self._inbox,
            wake=lambda: self._hearing.wake(),
            changed=lambda why: self._changed("hearing", why),
        )
        self._saying = Link(pool, self._publisher)
        self._hearing = Link(pool, self._subscriber)
        self._announcing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reach Redis; where it does not answer, that is tried again, for ever."""
        self._saying.start()
        self._hearing.start()
        self._announcing = asyncio.create_task(self._announce_forever(), name="bus-announce")
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._well.wait()
        except TimeoutError:
            self._warned = True
            log.warning("started without the bus: rooms are each worker's alone", why=self.trouble)

    async def close(self) -> None:
        """Say what is still to be said, if Redis takes it, and let go."""
        await self._publisher.flush(FLUSH_SECONDS)
        if self._announcing is not None:
            await stop(self._announcing)
        await asyncio.gather(self._saying.close(), self._hearing.close())
        self._inbox.clear()

    async def subscribe(self, room: str, listener: Listener) -> None:
        known = room in self._inbox
        self._inbox.listen(room, listener)
        if not known:
            await self._subscriber.subscribe(room, ANSWER_SECONDS)

    async def unsubscribe(self, room: str) -> None:
        self._inbox.forget(room)
        self._subscriber.unsubscribe(room)

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None:
        self._publisher.publish(room, payload, to)

    def send(self, to: str, room: str, payload: bytes) -> None:
        self._publisher.send(to, room, payload)

    async def others(self, room: str) -> int:
        if self.trouble is not None:
            return 0
        count = await self._publisher.subscribed(room, ANSWER_SECONDS)
        return max(0, count - (room in self._inbox))

    def silence(self) -> float:
        return time.monotonic() - min(self._saying.sign, self._hearing.sign)

    async def _announce_forever(self) -> None:
        while True:
            await asyncio.sleep(ANNOUNCE_SECONDS)
            self._publisher.announce()

    def _changed(self, side: str, why: str | None) -> None:
        self._troubles[side] = why
        trouble = next((each for each in self._troubles.values() if each is not None), None)
        before, self.trouble = self.trouble, trouble
        if trouble is None:
            self._well.set()
            self.figures.reconnects += self._was_well
            self._was_well = True
            if self._warned:
                log.info("the bus carries again")
            self._warned = False
        elif before is None:
            self._warned = True
            log.warning("the bus is lost: rooms go on, each worker's alone", why=trouble)
        if trouble != before:
            for tell in self.on_health:
                tell()


def _connections(url: str) -> ConnectionPool:
    """What makes the connections that the address means; how they wait and read is ours."""
    pool = ConnectionPool.from_url(url)
    pool.connection_kwargs |= {
        "protocol": 2,
        "decode_responses": False,
        "health_check_interval": 0,
        "socket_timeout": None,
        "socket_connect_timeout": None,
    }
    return pool
