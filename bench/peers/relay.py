"""The floor where there is no C compiler: `relay.c` in Python on uvloop. Usage: relay.py PORT"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

rooms: defaultdict[bytes, set[asyncio.Transport]] = defaultdict(set)


class Relay(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport
    room: set[asyncio.Transport] | None = None
    rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def connection_lost(self, exc: Exception | None) -> None:
        if self.room is not None:
            self.room.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        if self.room is None:
            head, whole, data = data.partition(b"\r\n\r\n")
            if not whole:
                self.rest = head
                return
            self.room = rooms[head.split(b" ", 2)[1]]
            self.room.add(self.transport)
            self.transport.write(ANSWER)
        frames, self.rest = unmasked(data)
        if frames:
            for peer in self.room:
                if peer is not self.transport:
                    peer.write(frames)


def unmasked(data: bytes) -> tuple[bytes, bytes]:
    """The whole frames of `data` as a server sends them, and what is left."""
    frames, at = bytearray(), 0
    while len(data) >= at + 2:
        size, head = data[at + 1] & 0x7F, at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, head = int.from_bytes(data[head : head + width], "big"), head + width
        end = head + 4 + size
        if len(data) < end:
            break
        mask, payload = data[head : head + 4], data[head + 4 : end]
        if any(mask):  # the load generator's is zero
            payload = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
        frames += bytes((data[at], data[at + 1] & 0x7F)) + data[at + 2 : head] + payload
        at = end
    return bytes(frames), data[at:]


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Relay, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
