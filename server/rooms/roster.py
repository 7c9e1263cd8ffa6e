"""The roster: who is in a room, one row a person, however many pages and at whichever workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from crdt.replica import Peer


def roster(
    peers: Iterable[Peer],
    speaks: Callable[[Peer], bool],
    rows: Callable[[Peer], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """``[{_id, name, role, clients, speaks, call}]``: with the presence ids of all their
    connections and their pages in the call, as ``rows`` has them."""
    people: dict[str, dict[str, Any]] = {}
    for peer in peers:
        row = people.setdefault(
            peer.user_id,
            {
                "_id": peer.user_id,
                "name": peer.name,
                "role": peer.role,
                "clients": [],
                "speaks": False,
                "call": [],
            },
        )
        row["clients"] += sorted(peer.clients)
        row["speaks"] |= speaks(peer)
        row["call"] += rows(peer)
    return list(people.values())
