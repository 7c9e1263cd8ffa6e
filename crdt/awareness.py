"""Who is where: the presence of a room's clients, each id owned by one connection.

The state machine is that of y-protocols ``awareness.js``; ownership is ours, so that nobody
can move, rename or remove somebody else's cursor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from crdt import strictjson
from crdt.errors import FrameError
from crdt.frames import PresenceEntry
from crdt.limits import PRESENCE_CLIENTS, PRESENCE_STATE_BYTES


class Owner(Protocol):
    """A connection as presence sees it."""

    @property
    def user_id(self) -> str: ...
    @property
    def clients(self) -> set[int]: ...


class _Row(NamedTuple):
    owner: Owner
    entry: PresenceEntry


class Awareness:
    """The newest presence of every client that has one."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}

    def apply(self, owner: Owner, entries: Iterable[PresenceEntry]) -> list[PresenceEntry]:
        """Take what ``owner`` says; return the entries that changed something.

        Entries about clients of others, and old ones, are passed over: stock clients send
        back whatever they receive. Raises ``FrameError`` for a state that is no JSON object
        or too large, or more than ``PRESENCE_CLIENTS`` clients on one connection.
        """
        return [entry for entry in entries if self._take(owner, entry)]

    def remove(self, owner: Owner) -> list[PresenceEntry]:
        """Forget the clients ``owner`` introduced; return what tells the others so."""
        gone = [PresenceEntry(id_, self._rows.pop(id_).entry.clock, None) for id_ in owner.clients]
        owner.clients.clear()
        return gone

    def entries(self) -> list[PresenceEntry]:
        """Everybody's presence, for somebody who just came."""
        return [row.entry for row in self._rows.values()]

    def _take(self, owner: Owner, entry: PresenceEntry) -> bool:
        row = self._rows.get(entry.client)
        if row is None:
            if entry.state is None:
                return False
            if len(owner.clients) >= PRESENCE_CLIENTS:
                raise FrameError(f"more than {PRESENCE_CLIENTS} presence ids on one connection")
        elif row.owner is not owner:
            # A returning person's old connection may not have been noticed to be dead yet.
            if row.owner.user_id != owner.user_id or entry.state is None:
                return False
            if entry.clock < row.entry.clock:
                return False
        elif entry.clock < row.entry.clock or (
            entry.clock == row.entry.clock and entry.state is not None
        ):
            return False
        self._store(owner, entry)
        return True

    def _store(self, owner: Owner, entry: PresenceEntry) -> None:
        if entry.state is None:
            del self._rows[entry.client]
            owner.clients.discard(entry.client)
            return
        if len(entry.state) > PRESENCE_STATE_BYTES:
            raise FrameError(f"presence of more than {PRESENCE_STATE_BYTES} characters")
        strictjson.parse_object(entry.state)
        row = self._rows.get(entry.client)
        if row is not None and row.owner is not owner:
            row.owner.clients.discard(entry.client)
        self._rows[entry.client] = _Row(owner, entry)
        owner.clients.add(entry.client)
