"""What carries a room's updates and events to the other workers, in words.

- ``subscribe(room, handler)`` returns when messages published by others from now on will
  reach ``handler``; ``unsubscribe(room)`` when they no longer will.
- ``publish(room, message)`` never waits and never calls the own handler back: nobody hears
  himself. Messages of one worker arrive in the order they were published.
- A message is one frame of the room's protocol (``crdt.frames``), as bytes.
- A handler is called on the event loop and must neither block nor raise.
- A message may be lost when the carrier fails; it is never changed or delivered twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Handler = Callable[[bytes], None]


class Bus(Protocol):
    """One worker's end of the bus."""

    async def subscribe(self, room: str, handler: Handler) -> None: ...

    async def unsubscribe(self, room: str) -> None: ...

    def publish(self, room: str, message: bytes) -> None: ...

    async def close(self) -> None: ...
