"""Who of a room gets what, and when.

What one peer sent at once (an edit, the cursor move behind it) leaves at once, as the same
bytes for everybody else. Cursor moves without an edit wait a moment for one to ride with.
Those who only watch get both a little later still, gathered: they cannot tell, and an
audience of hundreds then costs a fraction of the writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from crdt import frames
from crdt.frames import Presence
from crdt.replica import Announce, Peer
from server.rooms.connection import Connection
from server.rooms.wire import Turn, framed

PRESENCE_SECONDS: Final = 0.02
"""How long a cursor move waits for an edit to ride with; only the newest of each client
leaves."""

WATCH_SECONDS: Final = (0.05, 0.15)
"""How long edits are gathered for those who watch: for few of them, and for ``WATCH_CROWD`` or
more. A write to each of hundreds is what costs, and nobody sees a seventh of a second in it."""

WATCH_CROWD: Final = 500


class Fanout:
    """The connections of one room."""

    __slots__ = ("_edits", "_flushing", "_loop", "_moves", "_moves_timed", "_sender", "_turn",
                 "_watch_timed", "_watched", "_watched_moves", "_watchers", "_writers",
                 "connections")  # fmt: skip

    def __init__(self, turn: Turn) -> None:
        self.connections: dict[Peer, Connection] = {}
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._writers: dict[Peer, Connection] = {}
        self._watchers: dict[Peer, Connection] = {}
        self._flushing = False
        self._sender: Peer | None = None
        self._edits: list[bytes] = []
        """Frames from ``_sender`` that those who type have not got yet."""
        self._moves: dict[Peer, Announce] = {}
        """Presence that nobody has got yet: the newest of each client, by who sent it."""
        self._moves_timed = False
        self._watched: list[bytes] = []
        self._watched_moves: dict[Peer, Announce] = {}
        self._watch_timed = False

    def join(self, connection: Connection) -> None:
        """From now on ``connection`` gets what the room does."""
        peer = connection.peer
        self.connections[peer] = connection
        (self._writers if peer.may_write else self._watchers)[peer] = connection

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

    def event(self, message: bytes, among: Collection[Peer] | None = None) -> None:
        """Send a room event to everybody who speaks them; ``among``: of these only."""
        frame = framed(message)
        for peer, connection in self.connections.items():
            if peer.events and (among is None or peer in among):
                connection.send_frames(frame)

    def update(self, sender: Peer | None, message: bytes) -> None:
        """Send an edit to everybody but its sender."""
        if sender is not self._sender:
            if self._edits:
                self._send_edits()
            self._sender = sender
        self._edits.append(framed(message))
        self._flush_soon()

    def presence(self, announced: Announce) -> None:
        """Send presence to everybody but its sender, perhaps a moment later."""
        _keep_newest(self._moves, announced)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._turn.then(self._flush)

    def _flush(self) -> None:
        """Send edits, with the presence of who sent them; let other presence wait."""
        self._flushing = False
        if self._edits:
            self._send_edits()
        if self._moves and not self._moves_timed:
            self._moves_timed = True
            self._loop.call_later(PRESENCE_SECONDS, self._send_moves)

    def _send_edits(self) -> None:
        sender, self._sender = self._sender, None
        out, self._edits = self._edits, []
        if self._watchers:
            self._watched += out
            self._watch_soon()
        for mover in [sender] if sender is not None else self._elsewhere():
            if (moves := self._moves.pop(mover, None)) is not None:
                out.append(framed(moves.message))
                if self._watchers:
                    _keep_newest(self._watched_moves, moves)
        data = out[0] if len(out) == 1 else b"".join(out)
        for peer, connection in self._writers.items():
            if peer is not sender:
                connection.send_frames(data)

    def _elsewhere(self) -> list[Peer]:
        """Whose cursors ride with an edit of another worker, which does not say who typed it: of
        those who moved, all that are not connected here."""
        return [peer for peer in self._moves if peer not in self.connections]

    def _send_moves(self) -> None:
        self._moves_timed = False
        moves, self._moves = self._moves, {}
        for announced in moves.values():
            frame = framed(announced.message)
            for peer, connection in self._writers.items():
                if peer is not announced.sender:
                    connection.send_frames(frame)
            if self._watchers:
                _keep_newest(self._watched_moves, announced)
                self._watch_soon()

    def _watch_soon(self) -> None:
        if not self._watch_timed:
            self._watch_timed = True
            least, most = WATCH_SECONDS
            crowd = min(1.0, len(self._watchers) / WATCH_CROWD)
            self._loop.call_later(least + (most - least) * crowd, self._send_to_watchers)

    def _send_to_watchers(self) -> None:
        # Edits are not merged into one update: they leave in one write all the same, and an
        # encoding made anew is one more place where an edit could go wrong.
        self._watch_timed = False
        edits, self._watched = b"".join(self._watched), []
        moves, self._watched_moves = self._watched_moves, {}
        cursors = {peer: framed(announced.message) for peer, announced in moves.items()}
        data = edits + b"".join(cursors.values())
        for peer, connection in self._watchers.items():
            if peer not in cursors:
                connection.send_now(data)
            elif others := edits + b"".join(cursors[each] for each in cursors if each is not peer):
                connection.send_now(others)


def _keep_newest(moves: dict[Peer, Announce], announced: Announce) -> None:
    """Put ``announced`` among ``moves``: only the newest entry of each client stays."""
    sender, entries, _ = announced
    earlier = moves.get(sender)
    if earlier is not None:
        newest = {entry.client: entry for entry in (*earlier.entries, *entries)}
        if len(newest) > len(entries):
            every = tuple(newest.values())
            announced = Announce(sender, list(every), frames.encode(Presence(every)))
    moves[sender] = announced
