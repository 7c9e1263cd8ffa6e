"""Which part of the server hears which of the events that clients send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crdt.replica import Peer
from server.rooms.room import EventHandler, Room


def by_family(handlers: Mapping[str, EventHandler]) -> EventHandler:
    """Hands an event to the handler of its family, what stands before the dot (``run.stop``), and
    refuses those of no family."""

    def on_event(room: Room, peer: Peer, payload: dict[str, Any]) -> None:
        kind: str = payload["type"]
        handler = handlers.get(kind.partition(".")[0])
        if handler is not None:
            handler(room, peer, payload)
            return
        message = f"There is no event {kind!r:.60}."
        room.tell(peer, {"type": "error", "code": "unknown_event", "message": message})

    return on_event
