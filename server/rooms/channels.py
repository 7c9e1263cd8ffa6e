"""The channels of a session's chat, and who gets which: decided here, for every way out.

The candidate never gets what the interviewers say among themselves. So a connection hears of no
channel before it was greeted, when the store has said who the candidate is: its ticket may be
older than the seat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crdt.replica import Peer, Role

EVERYBODY: Final = "everybody"
STAFF: Final = "staff"

AUDIENCES: Final[Mapping[str, frozenset[Role]]] = {
    EVERYBODY: frozenset(Role),
    STAFF: frozenset((Role.HOST, Role.SPECTATOR)),
}


def channels_of(role: Role) -> tuple[str, ...]:
    """The channels that somebody of this role reads and writes."""
    return tuple(name for name, roles in AUDIENCES.items() if role in roles)


class Audience:
    """Who in one room, on this worker, gets which channel."""

    def __init__(self) -> None:
        self.told: dict[str, int] = {}
        """The number of the newest message that people here were told of, by channel: a ``hello``
        must not be older."""
        self.candidate: str | None = None
        """The id of the participant, as the room was last told."""
        self._channels: dict[Peer, tuple[str, ...]] = {}

    def let(self, peer: Peer, channels: Iterable[str]) -> None:
        """From now on ``peer`` gets these channels, and writes into them."""
        self._channels[peer] = tuple(channels)

    def forget(self, peer: Peer) -> None:
        """It gets none any more; one that got none is fine."""
        self._channels.pop(peer, None)

    def may(self, peer: Peer, channel: object) -> bool:
        """Whether ``peer`` reads and writes ``channel``, which may be anything."""
        return channel in self._channels.get(peer, ())

    def tell(self, channel: str, number: int) -> frozenset[Peer]:
        """Note that a message is being told of; returns who gets it."""
        self.told[channel] = max(number, self.told.get(channel, 0))
        return frozenset(peer for peer, named in self._channels.items() if channel in named)
