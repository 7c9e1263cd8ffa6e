"""What carries a room's updates and events to the other workers, in words.

Every worker has one *end* of the bus, with a name that is new at each start of a process.

- ``subscribe(room, listener)`` returns when messages that others publish from now on will
  reach the listener, or be missed by it; at once while nothing is carried (``trouble``): the
  listener is then told by ``missed(None)`` when it is carried. Subscribing again replaces the
  listener. ``unsubscribe`` returns when nothing reaches it any more.
- ``publish(room, payload)`` goes to all other ends that are subscribed to the room, whether this
  one is or not; ``send(to, room, payload)`` to one end alone, if it is subscribed. Neither waits
  or raises, and nobody hears himself.
- ``publish(room, payload, to)`` goes at least to the ends that are named, which costs less where
  they are few. For another one that is subscribed as well it is a message that was lost.
- What one end publishes for a room arrives in that order and never twice. What an end sends to
  another arrives behind all that it had published for that room before.
- Messages may be lost. For each that was lost, ``missed(origin)`` is called, by what arrives of
  that origin next, else within a few seconds; ``missed(None)`` when anybody's may be lost. It is
  called *before* what comes behind the gap is heard. It is also called where nothing was lost but
  that cannot be known: when an origin is heard that published in the room before one listened.
  So an answer of that origin, heard after ``missed``, holds all that was lost: who has asked
  and not been answered yet need not ask again. What was sent to one end alone is not numbered:
  who asks and gets no answer asks again.
- A listener is called on the event loop and must neither block nor raise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol


class Listener(Protocol):
    """What wants to know what others publish for one room."""

    def hear(self, origin: str, payload: bytes) -> None:
        """Another end's message. Never blocks, never raises."""

    def missed(self, origin: str | None) -> None:
        """Something of this origin may be lost; None: of anybody. Never blocks, never raises."""


@dataclass(slots=True)
class Figures:
    """What an end has counted since it was made."""

    published: int = 0
    """Messages that were published or sent, dropped ones among them."""
    received: int = 0
    """Messages that listeners heard."""
    dropped: int = 0
    """Messages that were not carried: there was no room left for them to wait."""
    gaps: int = 0
    """How often a listener was told that something of one origin may be lost."""
    reconnects: int = 0
    """How often the carrier was reached again after it had been lost."""


class Bus(Protocol):
    """One worker's end of the bus."""

    name: str
    trouble: str | None
    """Why nothing is carried just now, in words; None while all is well."""
    on_health: list[Callable[[], None]]
    """Who is called when `trouble` has changed."""
    figures: Figures

    async def start(self) -> None:
        """Reach the carrier; returns within seconds also where that is not possible yet."""

    async def close(self) -> None: ...

    async def subscribe(self, room: str, listener: Listener) -> None: ...

    async def unsubscribe(self, room: str) -> None: ...

    def publish(self, room: str, payload: bytes, to: Collection[str] = ()) -> None: ...

    def send(self, to: str, room: str, payload: bytes) -> None: ...

    async def others(self, room: str) -> int:
        """How many other ends are subscribed to the room; 0 while nothing is carried."""

    def silence(self) -> float:
        """Seconds since the carrier's last sign of life; 0 where it is this process."""
