"""Who is where: the presence of a room's clients, each id owned by one connection.

The state machine is that of y-protocols ``awareness.js``; ownership is ours, so that nobody
can move, rename or remove somebody else's cursor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from crdt import strictjson
from crdt.errors import FrameError
from crdt.frames import PresenceEntry
from crdt.limits import PRESENCE_CLIENTS, PRESENCE_GONE, PRESENCE_STATE_BYTES


class Owner(Protocol):
    """A connection as presence sees it."""

    @property
    def user_id(self) -> str: ...
    @property
    def clients(self) -> set[int]: ...


@dataclass(slots=True)
class _Row:
    owner: Owner
    entry: PresenceEntry


class _Gone(NamedTuple):
    user_id: str
    clock: int


class Awareness:
    """The newest presence of every client that has one."""

    __slots__ = ("_gone", "_rows")

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._gone: dict[int, _Gone] = {}
        """Whose the ids of those who left are: an echo of their presence may still arrive."""

    def apply(
        self, owner: Owner, entries: Iterable[PresenceEntry], *, vetted: bool = False
    ) -> list[PresenceEntry]:
        """Take what ``owner`` says; return the entries that changed something. ``vetted``: every
        state is known to be one that this would take.

        Entries about clients of others, and old ones, are passed over: stock clients send
        back whatever they receive. Raises ``FrameError`` for a state that is no JSON object
        or too large, or more than ``PRESENCE_CLIENTS`` clients on one connection.
        """
        news = []
        for entry in entries:
            row = self._rows.get(entry.client)
            if row is not None and row.owner is owner and entry.state is not None:
                if entry.clock <= row.entry.clock:
                    continue
                if not vetted:
                    _check_state(entry.state)
                row.entry = entry
            elif not self._take(owner, entry, row):
                continue
            news.append(entry)
        return news

    def remove(self, owner: Owner) -> list[PresenceEntry]:
        """Forget the clients ``owner`` introduced; return what tells the others so."""
        gone = [PresenceEntry(id_, self._rows[id_].entry.clock, None) for id_ in owner.clients]
        for entry in gone:
            self._forget(owner, entry)
        return gone

    def of(self, owner: Owner) -> list[PresenceEntry]:
        """The presence of ``owner``'s clients."""
        return [self._rows[id_].entry for id_ in sorted(owner.clients)]

    def entries(self) -> list[PresenceEntry]:
        """Everybody's presence, for somebody who just came."""
        return [row.entry for row in self._rows.values()]

    def _take(self, owner: Owner, entry: PresenceEntry, row: _Row | None) -> bool:
        """Whether ``entry`` removes a client of ``owner`` or gives it one, ``row`` being what is
        known of that client."""
        if entry.state is None:
            if row is None or row.owner is not owner or entry.clock < row.entry.clock:
                return False
            self._forget(owner, entry)
            return True
        if row is not None:
            newer = _may_claim(owner, entry, row.owner.user_id, row.entry.clock)
        else:
            gone = self._gone.get(entry.client)
            newer = gone is None or _may_claim(owner, entry, *gone)
        if newer:
            _check_state(entry.state)
            self._give(owner, entry, row)
        return newer

    def _give(self, owner: Owner, entry: PresenceEntry, row: _Row | None) -> None:
        if len(owner.clients) >= PRESENCE_CLIENTS:
            raise FrameError(f"more than {PRESENCE_CLIENTS} presence ids on one connection")
        if row is not None:
            row.owner.clients.discard(entry.client)
        self._gone.pop(entry.client, None)
        self._rows[entry.client] = _Row(owner, entry)
        owner.clients.add(entry.client)

    def _forget(self, owner: Owner, entry: PresenceEntry) -> None:
        del self._rows[entry.client]
        owner.clients.discard(entry.client)
        self._gone[entry.client] = _Gone(owner.user_id, entry.clock)
        if len(self._gone) > PRESENCE_GONE:
            del self._gone[next(iter(self._gone))]


def _check_state(state: str) -> None:
    # in UTF-8 a character takes at most four bytes: most states need not be encoded to know
    if 4 * len(state) > PRESENCE_STATE_BYTES < len(state.encode()):
        raise FrameError(f"presence of more than {PRESENCE_STATE_BYTES} bytes")
    strictjson.parse_object(state)


def _may_claim(owner: Owner, entry: PresenceEntry, user_id: str, clock: int) -> bool:
    """Whether a client of ``user_id``, last heard of at ``clock``, now speaks through ``owner``.

    It does so when a person's connection was replaced, perhaps before the old one was noticed
    to be dead. What it then sends first is the presence it had. Another page of the same
    person has introduced a client of its own by the time it echoes this one.
    """
    if owner.user_id != user_id:
        return False
    return entry.clock > clock or (entry.clock == clock and not owner.clients)
