"""Who of a room gets what, and when.

Those who type get every edit at the end of the turn it came in, and cursor moves with it or
a moment later. Those who only watch get both a little later still, gathered: they cannot
tell, and an audience of hundreds then costs a fraction of the writes.
"""

from __future__ import annotations

import asyncio
from typing import Final

from crdt import frames
from crdt.frames import Presence, PresenceEntry
from crdt.replica import Peer
from server.rooms.connection import Connection
from server.rooms.wire import Turn, framed

PRESENCE_SECONDS: Final = 0.02
"""How long a cursor move waits for an edit to ride with; only the newest of each client
leaves."""

WATCH_SECONDS: Final = 0.05
"""How long edits are gathered for those who watch. Film has 24 pictures a second."""


class Moves:
    """Presence that is waiting to be told: the newest of each client, and whose it is."""

    __slots__ = ("_message", "entries")

    def __init__(self) -> None:
        self.entries: dict[int, tuple[Peer, PresenceEntry]] = {}
        self._message: bytes | None = None
        """The frame that carries all of it, where one came as such."""

    def add(self, sender: Peer, entries: list[PresenceEntry], message: bytes) -> None:
        """Take what ``sender`` said last."""
        for entry in entries:
            self.entries[entry.client] = (sender, entry)
        self._message = message if len(self.entries) == len(entries) else None

    def merge(self, later: Moves) -> None:
        """Take what was said later."""
        self._message = None if self.entries else later._message
        self.entries |= later.entries

    def tell(self, connections: dict[Peer, Connection]) -> None:
        """Tell everybody what others said: encoded once for all who said nothing."""
        senders = {sender for sender, _ in self.entries.values()}
        frame: bytes | None = None
        for peer, connection in connections.items():
            if peer not in senders:
                if frame is None:
                    frame = framed(self._message or self._encoded(None))
                connection.send_frame(frame)
            elif len(senders) > 1:
                connection.send(self._encoded(peer))

    def _encoded(self, but: Peer | None) -> bytes:
        entries = tuple(entry for sender, entry in self.entries.values() if sender is not but)
        return frames.encode(Presence(entries))


class Fanout:
    """The connections of one room."""

    def __init__(self, turn: Turn) -> None:
        self.connections: dict[Peer, Connection] = {}
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._writers: dict[Peer, Connection] = {}
        self._watchers: dict[Peer, Connection] = {}
        self._moves = Moves()
        self._moves_timer: asyncio.TimerHandle | None = None
        self._riding = False
        self._watched: list[bytes] = []
        self._watched_moves = Moves()
        self._watch_timer: asyncio.TimerHandle | None = None

    def join(self, connection: Connection) -> None:
        """From now on ``connection`` gets what the room does."""
        peer = connection.peer
        self.connections[peer] = connection
        (self._writers if peer.role.may_write else self._watchers)[peer] = connection

    def leave(self, connection: Connection) -> bool:
        """No longer; returns whether it was here."""
        self._writers.pop(connection.peer, None)
        self._watchers.pop(connection.peer, None)
        return self.connections.pop(connection.peer, None) is not None

    def reply(self, peer: Peer, message: bytes) -> None:
        """Send ``message`` to one peer, if it is still here."""
        connection = self.connections.get(peer)
        if connection is not None:
            connection.send(message)

    def event(self, message: bytes) -> None:
        """Send a room event to everybody who speaks them."""
        frame = framed(message)
        for peer, connection in self.connections.items():
            if peer.events:
                connection.send_frame(frame)

    def update(self, sender: Peer | None, message: bytes) -> None:
        """Send an edit, framed once, to everybody but its sender."""
        if len(self._writers) > 1 or sender is None:
            frame = framed(message)
            for peer, connection in self._writers.items():
                if peer is not sender:
                    connection.send_frame(frame)
            if not self._riding:
                self._riding = True
                self._turn.then(self._ride)
        if self._watchers:
            self._watched.append(framed(message))
            self._watch_soon()

    def presence(self, sender: Peer, entries: list[PresenceEntry], message: bytes) -> None:
        """Send presence to everybody but ``sender``, soon; ``message`` carries all of it."""
        self._moves.add(sender, entries, message)
        if self._moves_timer is None:
            self._moves_timer = self._loop.call_later(PRESENCE_SECONDS, self._send_moves)

    def _ride(self) -> None:
        """An edit is about to leave: moves that are waiting go with it."""
        self._riding = False
        if self._moves.entries:
            self._send_moves()

    def _send_moves(self) -> None:
        if self._moves_timer is not None:
            self._moves_timer.cancel()
            self._moves_timer = None
        moves, self._moves = self._moves, Moves()
        moves.tell(self._writers)
        if self._watchers:
            self._watched_moves.merge(moves)
            self._watch_soon()

    def _watch_soon(self) -> None:
        if self._watch_timer is None:
            self._watch_timer = self._loop.call_later(WATCH_SECONDS, self._send_to_watchers)

    def _send_to_watchers(self) -> None:
        self._watch_timer = None
        edits, self._watched = self._watched, []
        moves, self._watched_moves = self._watched_moves, Moves()
        # Not merged into one update: they leave in one write all the same, and an encoding made
        # anew is one more place where an edit could go wrong.
        for connection in self._watchers.values():
            for edit in edits:
                connection.send_frame(edit)
        if moves.entries:
            moves.tell(self._watchers)
