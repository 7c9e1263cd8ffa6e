"""One connection to Redis, made again for ever, watched, written to once per turn of the loop.

Whether Redis answers is known by asking it every `TICK_SECONDS`: a Redis that is stopped keeps its
sockets open. What counts is ticks and not the clock, so that a process that was itself stopped
does not take what it has not read yet for silence.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

import hiredis
import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

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

NOT_ENOUGH: Final = object()
"""What the parser says when a reply is not whole yet."""

Command = tuple[bytes | str, ...]


_packed = cast("Callable[[Command], bytes]", hiredis.pack_command)


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


class Pipe(asyncio.Protocol):
    """A connection that was made by the library, from then on without its streams: a task that is
    woken for each reply costs more than the reply (a fifth of what an edit costs between workers).
    """

    def __init__(self, transport: asyncio.Transport, heard: Callable[[Any], None]) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        """Why nothing more is read."""
        self.full = False
        """Whether the transport holds more than it likes."""
        self.write = transport.write
        self._transport = transport
        self._heard = heard
        self._loop = loop
        self._parser = hiredis.Reader(notEnoughData=NOT_ENOUGH)
        self._behind = False
        transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        if not self._behind:
            self._take()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(f"Redis cannot be reached: {error or 'it closed the connection'}")

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False

    def _take(self) -> None:
        for _ in range(SLICE_REPLIES):
            if self.lost.done():
                return
            reply = self._next()
            if reply is NOT_ENOUGH:
                if self._behind:
                    self._behind = False
                    self._transport.resume_reading()
                return
        if not self._behind:
            self._behind = True
            self._transport.pause_reading()
        self._loop.call_soon(self._take)

    def _next(self) -> Any:
        """Hand on the next reply, if it is there."""
        try:
            reply = self._parser.gets()
            if isinstance(reply, hiredis.ReplyError):
                self._end(f"Redis refuses: {reply}")
            elif reply is not NOT_ENOUGH:
                self._heard(reply)
        except hiredis.ProtocolError as error:
            self._end(f"Redis says what cannot be: {error}")
        except Exception:  # a mistake of ours must not end the bus for good
            log.exception("the bus failed")
            self._end("the bus failed, and begins again")
        else:
            return reply
        return None

    def _end(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)


class Link:
    """One connection; `end` is what speaks over it."""

    def __init__(self, pool: ConnectionPool, end: End) -> None:
        """`pool`: only makes the connections, as the address says."""
        self._pool = pool
        self._end = end
        self._due = False
        self._pipe: Pipe | None = None
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
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._write)

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
        transport: asyncio.Transport | None = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call]
            if connection._writer is None:
                return SILENT
            transport = cast(asyncio.Transport, connection._writer.transport)
            return await self._speak(transport)
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

    async def _speak(self, transport: asyncio.Transport) -> str:
        self.sign, self._silent = time.monotonic(), 0
        pipe = self._pipe = Pipe(transport, self._heard)
        watch = asyncio.create_task(self._watch())
        try:
            self._end.opened()
            self.wake()
            await asyncio.wait([watch, pipe.lost], return_when=asyncio.FIRST_COMPLETED)
            return pipe.lost.result() if pipe.lost.done() else await watch
        finally:
            self._pipe = None
            await stop(watch)

    def _heard(self, reply: Any) -> None:
        self._silent = 0
        self.sign = time.monotonic()
        if reply not in PONGS:
            self._end.heard(reply)

    def _write(self) -> None:
        self._due = False
        pipe = self._pipe
        if pipe is None or pipe.full:  # it is asked again when there is a way
            return
        commands = self._end.fill()
        if self._ask:
            self._ask = False
            commands.append(("PING",))
        if commands:
            pipe.write(b"".join([_packed(command) for command in commands]))

    async def _watch(self) -> str:
        """Returns when Redis has not said anything for too long."""
        while self._silent < SILENT_TICKS:
            self._silent += 1
            self._ask = True
            self.wake()
            await asyncio.sleep(TICK_SECONDS)
        return SILENT
