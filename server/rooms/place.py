"""A room of this worker as the other workers that have it open look at it and change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from crdt.frames import PresenceEntry
from crdt.replica import Peer

if TYPE_CHECKING:
    from server.rooms.room import Room


class Place:
    """See ``neighbours.Place``."""

    def __init__(self, room: Room) -> None:
        self._room = room

    @property
    def session_id(self) -> str:
        return self._room.session_id

    def state_vector(self) -> bytes:
        return self._room.replica.document.state_vector()

    def diff(self, state_vector: bytes) -> bytes:
        """What the document has that one of this state vector lacks."""
        return self._room.replica.document.diff(state_vector)

    def merge(self, update: bytes) -> None:
        """Take in the difference to another worker's document. Raises ``CrdtError``."""
        self._room.perform(self._room.replica.merge(update))

    def here(self) -> Iterable[Peer]:
        """Who is connected at this worker."""
        return self._room.connections

    def presence_of(self, peer: Peer) -> list[PresenceEntry]:
        return self._room.replica.awareness.of(peer)

    def moved(
        self, peer: Peer, entries: Sequence[PresenceEntry], message: bytes | None = None
    ) -> None:
        """Presence of somebody connected at another worker; ``message``: the frame that it came
        in. Raises ``CrdtError``."""
        self._room.perform(self._room.replica.moved(peer, entries, message))

    def went(self, peer: Peer) -> None:
        """Somebody is connected at another worker no more."""
        self._room.keeping.lose(peer)
        self._room.perform(self._room.replica.went(peer))

    def pass_on_here(self, peer_id: str, message: bytes) -> None:
        """A message of another worker for one connection of this one."""
        for peer in self._room.connections:
            if peer.id == peer_id:
                self._room.pass_on(peer, message)
                return


class SharedCall:
    """How the call stands, for workers that open the room later: a ``neighbours.Shared``."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def told(self, _session_id: str) -> dict[str, Any]:
        return self._room.keeping.told()

    def heard(self, _session_id: str, origin: str, state: dict[str, Any] | None) -> None:
        if state is not None:
            self._room.keeping.heard(origin, state)

    def lost(self, _session_id: str, origin: str, *, gone: bool) -> None:
        self._room.keeping.lost(origin)
