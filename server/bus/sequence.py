"""Numbers by which a lost message is noticed: pure, without a clock.

An end numbers what it publishes, room by room, without holes. A listener compares: a number that
does not follow the last one of that origin means that something was lost. The first thing heard of
an origin is taken for a gap too, unless it says of itself that the origin has begun to publish
with it: how much of what came before it was published since the room was subscribed to cannot be
known. What is behind the last number is old and is not heard again: it was made up for when that
number was jumped to.

A lost last message has nothing behind it. So an end that has gone quiet in a room announces a few
times how far it has come there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

ANNOUNCEMENTS: Final = 3
"""How often it is said how far an end has come in a room where it went quiet."""

ROOMS_KNOWN: Final = 10_000
"""Rooms whose numbers are kept though all is said about them; about 2 MB."""


class Numbered(NamedTuple):
    """The number that a message got; `opening`: this end numbered none before it in the room."""

    number: int
    opening: bool


@dataclass(slots=True)
class _Count:
    last: int
    fresh: bool = True  # something was published since the last look
    left: int = ANNOUNCEMENTS


class Outgoing:
    """How far one end has come in each room it publishes to."""

    def __init__(self, rooms_known: int = ROOMS_KNOWN) -> None:
        self._counts: dict[str, _Count] = {}
        self._unsaid: dict[str, _Count] = {}  # those of them that are still to be announced
        self._floor = 0  # no number up to here is used where counting begins afresh
        self._rooms_known = rooms_known

    def next(self, room: str) -> Numbered:
        """Number one more message of the room."""
        count = self._counts.get(room)
        opening = count is None
        if count is None:
            count = self._counts[room] = _Count(self._floor)
        elif room not in self._unsaid:
            self._counts[room] = self._counts.pop(room)  # the last ones to be forgotten
        count.last += 1
        count.fresh = True
        count.left = ANNOUNCEMENTS
        self._unsaid[room] = count
        return Numbered(count.last, opening)

    def head(self, room: str) -> int:
        """The number of the room's last message; 0: none."""
        count = self._counts.get(room)
        return count.last if count is not None else 0

    def quiet(self) -> list[str]:
        """Rooms to announce: to be asked about once a second. Those in which something was
        published since it was asked last are not among them: the next message says as much."""
        found = []
        for room, count in self._unsaid.items():
            if not count.fresh:
                found.append(room)
            count.fresh = False
        return found

    def announced(self, room: str) -> None:
        """The carrier has an announcement of the room."""
        count = self._unsaid.get(room)
        if count is None:
            return
        count.left -= 1
        if count.left <= 0:
            del self._unsaid[room]
            self._forget()

    def _forget(self) -> None:
        """Drop the numbers of a room that is done with; if it is published to again, they begin
        above all that were ever used."""
        while len(self._counts) > self._rooms_known:
            room = next((each for each in self._counts if each not in self._unsaid), None)
            if room is None:
                return
            self._floor = max(self._floor, self._counts.pop(room).last)


class Arrived(NamedTuple):
    """What a number says."""

    lost: bool
    """Something of this origin may be lost."""
    old: int
    """How many of the messages, from the first on, are not to be heard again."""


class Incoming:
    """How far each origin was heard in one room."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def messages(self, origin: str, first: int, count: int, *, opening: bool) -> Arrived:
        """That many messages came together, of which the first has this number."""
        last = self._last.get(origin)
        end = first + count - 1
        if last is None:
            self._last[origin] = end
            return Arrived(not opening, 0)
        self._last[origin] = max(last, end)
        return Arrived(first > last + 1, min(count, max(0, last + 1 - first)))

    def head(self, origin: str, number: int) -> bool:
        """The origin says how far it has come: whether something of it may be lost."""
        if number <= self._last.get(origin, 0):
            return False
        self._last[origin] = number
        return True
