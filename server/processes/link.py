"""What the supervisor and a worker tell each other, over a pair of sockets.

A message is four bytes of length and a struct as MessagePack. Neither end waits for the other:
what is sent is small, and who does not read is killed sooner or later.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

import msgspec
import structlog

from server.backends import Part

MOST_BYTES: Final = 64 * 1024 * 1024
"""Far above the figures of 64 workers; more is no message of ours."""

LENGTH_BYTES: Final = 4

log = structlog.stdlib.get_logger(__name__)


class Welcome(msgspec.Struct, tag=True):
    """The first thing a worker is told: which of how many it is, and where the embedded database
    is ("" with DB_URL)."""

    number: int
    count: int
    database: str


class Listening(msgspec.Struct, tag=True):
    """A worker takes connections; `parts` is what is on there."""

    parts: list[Part]


class Ready(msgspec.Struct, tag=True):
    """Every part of a worker works, as /ready tells it."""


class Refused(msgspec.Struct, tag=True):
    """A worker cannot start, and what to do about it."""

    reason: str


class Ask(msgspec.Struct, tag=True):
    """To a worker: send your figures. To the supervisor: send those of all."""

    id: int


class Figures(msgspec.Struct, tag=True):
    """The answer to `Ask`."""

    id: int
    text: bytes


Message = Welcome | Listening | Ready | Refused | Ask | Figures

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def _read(data: bytes) -> Message | None:
    """None for what we do not know: a worker may be of a newer version than its supervisor."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        log.warning("supervisor and worker are of two versions: restart both", error=str(error))
        return None


class Link:
    """One end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._asks = 0

    @classmethod
    async def over(cls, end: socket.socket) -> Link:
        end.setblocking(False)
        return cls(*await asyncio.open_connection(sock=end))

    def send(self, message: Message) -> None:
        """To an end that is gone nothing is sent."""
        data = _encoder.encode(message)
        if not self._writer.is_closing():
            self._writer.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)

    async def receive(self) -> Message | None:
        """The next message that is no answer; None when the other end is gone."""
        while True:
            try:
                length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
                if length > MOST_BYTES:
                    return None
                data = await self._reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            message = _read(data)
            if message is None:
                continue
            if not isinstance(message, Figures):
                return message
            asked = self._asked.get(message.id)
            if asked is not None and not asked.done():
                asked.set_result(message.text)

    async def ask(self, seconds: float) -> bytes | None:
        """The figures of the other end; None where they do not come within so many seconds.
        Somebody must be receiving meanwhile."""
        self._asks += 1
        number = self._asks
        self._asked[number] = asyncio.get_running_loop().create_future()
        self.send(Ask(number))
        try:
            return await asyncio.wait_for(self._asked[number], seconds)
        except TimeoutError:
            return None
        finally:
            del self._asked[number]

    async def close(self) -> None:
        """Sends what is still to be sent."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (ConnectionError, OSError):
            return
