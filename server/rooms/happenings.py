"""What an event means to a room, whichever worker it happened at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from crdt import frames
from crdt.errors import CloseCode
from crdt.replica import Role
from server.store.members import Removal

if TYPE_CHECKING:
    from server.rooms.room import Room

REMOVED: Final = "member.removed"
READMITTED: Final = "member.readmitted"
LET: Final = "member.let"
SIGNED_OUT: Final = "member.signed_out"
ENDED: Final = "session.ended"
UPDATED: Final = "session.updated"
SAID: Final = "chat.message"
READ: Final = "member.read"
"""Events that mean something to the rooms of other workers; clients are told of those that are not
about a member."""


def happen(room: Room, payload: dict[str, Any]) -> None:
    """Do what an event means to this room, and tell everybody here who is to know."""
    kind = payload["type"]
    if kind == REMOVED:
        at = datetime.fromisoformat(payload["at"])
        room.remove(Removal(payload["user"], at, out=True), payload["reason"])
    elif kind == READMITTED:
        room.readmit(payload["user"])
    elif kind == LET:
        room.call.let(payload["user"], speaks=payload["speaks"])
    elif kind == ENDED:
        room.end(payload)
    elif kind == READ:
        _tell_read(room, payload)
    elif kind == SAID:
        message = payload["message"]
        audience = room.chat.tell(message["channel"], message["number"])
        room.event(payload, audience)
    else:
        if kind == UPDATED and "session" in payload:
            _seat(room, payload["session"]["participant"])
        room.event(payload)


def _seat(room: Room, participant: dict[str, Any] | None) -> None:
    """Who watched and has the candidate's seat now must come back as the candidate, who does not
    get all that spectators get."""
    room.chat.candidate = participant["_id"] if participant is not None else None
    for connection in room.of(room.chat.candidate or ""):
        if connection.peer.role is Role.SPECTATOR:
            connection.close(CloseCode.RESTARTING, "you have the candidate's seat now")
            room.leave(connection)


def _tell_read(room: Room, payload: dict[str, Any]) -> None:
    """Somebody's other pages hear how far they have read."""
    channel = payload["channel"]
    event = {"type": "chat.read", "channel": channel, "number": payload["number"]}
    message = frames.event(event)
    for connection in room.of(payload["user"]):
        peer = connection.peer
        if peer.id != payload["by"] and room.chat.may(peer, channel):
            room.pass_on(peer, message)
