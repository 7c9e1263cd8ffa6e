"""One connection to Redis, made again for ever, watched, written to once per turn of the loop.

Whether Redis answers is known by asking it every `TICK_SECONDS`: a Redis that is stopped keeps its
sockets open. What counts is ticks and not the clock, so that a process that was itself stopped
does not take what it has not read yet for silence.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from server.stopping import stop

log = structlog.stdlib.get_logger(__name__)

TICK_SECONDS: Final = 0.7
SILENT_TICKS: Final = 3
"""Ticks without a sign after which the connection is given up."""

CONNECT_SECONDS: Final = 3.0
BACKOFF_SECONDS: Final = 0.05
BACKOFF_MOST_SECONDS: Final = 1.0
"""First and longest pause before the next attempt; each is up to twice as long as it says, so that
all workers do not come back at the same moment."""

SILENT: Final = "Redis does not answer"

SLICE_REPLIES: Final = 128
"""Replies taken at a time, before others have their turn."""

PONGS: Final = (b"PONG", [b"pong", b""])
"""The answer to PING; the second where a connection is subscribed to channels."""

Command = tuple[bytes | str, ...]


class End(Protocol):
    """What speaks over a link. Nothing here blocks or raises."""

    def opened(self) -> None:
        """Redis was reached; `fill` is asked next."""

    def fill(self) -> list[Command]:
        """What is to be written now."""

    def heard(self, reply: Any) -> None:
        """A reply, or what was published."""

    def lost(self, why: str) -> None:
        """Redis cannot be reached (any more), in words. Also after each attempt in vain."""


class Link:
    """One connection; `end` is what speaks over it."""

    def __init__(self, pool: ConnectionPool, end: End) -> None:
        """`pool`: only makes the connections, as the address says."""
        self._pool = pool
        self._end = end
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._silent = 0
        self._ask = False
        self.sign = time.monotonic()
        """When Redis last gave a sign of life, by the monotonic clock."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="bus-link")

    async def close(self) -> None:
        if self._task is not None:
            await stop(self._task)

    def wake(self) -> None:
        """There is something to write: `fill` is asked in a later turn of the loop."""
        self._wake.set()

    async def _run(self) -> None:
        pause = BACKOFF_SECONDS
        while True:
            began = time.monotonic()
            self._end.lost(await self._once())
            if time.monotonic() - began > 2 * CONNECT_SECONDS:  # it was well for a while
                pause = BACKOFF_SECONDS
            await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311 - no secret
            pause = min(2 * pause, BACKOFF_MOST_SECONDS)

    async def _once(self) -> str:
        """Until the connection is lost; why."""
        connection: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        transport: asyncio.WriteTransport | None = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call]
            if connection._writer is not None:
                transport = connection._writer.transport
            return await self._speak(connection)
        except TimeoutError:
            return SILENT
        except (RedisError, OSError) as error:
            return f"Redis cannot be reached: {error}"
        except Exception:  # a mistake of ours must not end the bus for good
            log.exception("the bus failed")
            return "the bus failed, and begins again"
        finally:
            if transport is not None:
                transport.abort()  # `disconnect` waits to write the rest, for ever if Redis hangs
            await connection.disconnect(nowait=True)

    async def _speak(self, connection: AbstractConnection) -> str:
        self.sign, self._silent = time.monotonic(), 0
        self._end.opened()
        self._wake.set()
        tasks = [
            asyncio.create_task(each)
            for each in (self._read(connection), self._write(connection), self._watch())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return await done.pop()
        finally:
            await stop(*tasks)

    async def _read(self, connection: AbstractConnection) -> str:
        while True:
            for _ in range(SLICE_REPLIES):
                try:
                    reply = await connection.read_response(disable_decoding=True)
                except ResponseError as error:
                    return f"Redis refuses: {error}"
                self._silent = 0
                self.sign = time.monotonic()
                if reply not in PONGS:
                    self._end.heard(reply)
            await asyncio.sleep(0)

    async def _write(self, connection: AbstractConnection) -> str:
        while connection.is_connected:  # else the library would connect by itself
            commands = self._end.fill()
            if self._ask:
                self._ask = False
                commands.append(("PING",))
            if commands:
                packed = connection.pack_commands(commands)
                await connection.send_packed_command(packed, check_health=False)
            else:
                await self._wake.wait()
                self._wake.clear()
        return SILENT

    async def _watch(self) -> str:
        """Returns when Redis has not said anything for too long."""
        while self._silent < SILENT_TICKS:
            self._silent += 1
            self._ask = True
            self._wake.set()
            await asyncio.sleep(TICK_SECONDS)
        return SILENT
