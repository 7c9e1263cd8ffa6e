"""What people do with a run that goes on: stop it, type to it, also from another worker.

The worker of whoever asks sends it to the worker that has the run (``run.asked``), and a refusal
comes back (``run.refused``). What one end sends arrives in order; should the bus lose some of it,
the number of the next one tells, and whoever typed that is told.
"""

from __future__ import annotations

from typing import Any, Final

from crdt.replica import Peer
from server.bus.base import Bus
from server.rooms import between
from server.rooms.mirrors import Mirror
from server.rooms.room import Room
from server.runner import base

STDIN_CHARACTERS: Final = 32_768
"""Most that is typed to a program at once."""

ASKED: Final = "run.asked"
REFUSED: Final = "run.refused"

Refusal = tuple[str, str]
"""A code and words."""

GONE: Final = ("no_such_run", "This run is not going on.")
LOST: Final = ("input_lost", "Some of what was typed did not reach the program. Type it again.")
UNREACHABLE: Final = (
    "run_unreachable",
    "The server that runs this cannot be reached just now. Try again in a moment.",
)


def unfit(peer: Peer, payload: dict[str, Any]) -> Refusal | None:
    """What is wrong with what a client asks, wherever the run is."""
    kind, data = payload["type"], payload.get("data")
    if kind not in ("run.stop", "run.stdin"):
        return "unknown_event", f"There is no event {kind!r:.60}."
    if not peer.may_write:
        return "not_allowed", "Spectators cannot control a run."
    return None if kind == "run.stop" else _unfit_data(data)


def _unfit_data(data: object) -> Refusal | None:
    if isinstance(data, str) and len(data) <= STDIN_CHARACTERS:
        return None
    return "invalid_body", f"data: at most {STDIN_CHARACTERS} characters"


class Controls:
    """Of one run that goes on here. ``typed``: what its program was given, where that is kept."""

    def __init__(self, execution: base.Run, *, keep: bool) -> None:
        self._execution = execution
        self._keep = keep
        self._last: dict[str, int] = {}
        """The number of the last thing each other worker asked, by its end of the bus."""
        self.typed: list[str] = []

    def do(self, payload: dict[str, Any]) -> Refusal | None:
        """Stop it, or type; why not, where that cannot be."""
        if payload["type"] == "run.stop":
            self._execution.stop()
        elif not self._execution.write_stdin(payload["data"]):
            return "no_input", "This run takes no more input."
        elif self._keep:
            self.typed.append(payload["data"])
        return None

    def do_for(self, origin: str, asked: dict[str, Any]) -> Refusal | None:
        """The same for somebody at another worker, who also hears when something was lost."""
        last, number = self._last.get(origin, 0), asked["number"]
        self._last[origin] = number
        refused = self.do(asked["ask"])
        # it counts from 1 again once it has put the room away
        return refused or (LOST if number not in (1, last + 1) else None)


def ask(bus: Bus, session_id: str, mirror: Mirror, peer: Peer, payload: dict[str, Any]) -> None:
    """Hand on to the run's worker what a client asks, which was found fit."""
    mirror.asked += 1
    asked = {
        "type": ASKED,
        "id": mirror.run["_id"],
        "peer": peer.id,
        "number": mirror.asked,
        "ask": {"type": payload["type"], "data": payload.get("data")},
    }
    bus.send(mirror.origin, session_id, between.event(asked))


def answer(bus: Bus, session_id: str, origin: str, asked: dict[str, Any], refusal: Refusal) -> None:
    """Tell the worker that asked why not."""
    code, message = refusal
    refused = {"type": REFUSED, "peer": asked["peer"], "code": code, "message": message}
    bus.send(origin, session_id, between.event(refused))


def refuse(room: Room, peer: Peer, refusal: Refusal) -> None:
    """Tell a client here why not."""
    code, message = refusal
    room.tell(peer, {"type": "error", "code": code, "message": message})


def pass_back(room: Room, refused: dict[str, Any]) -> None:
    """Tell the client that asked what another worker answered, if it is still here."""
    for peer in list(room.connections):
        if peer.id == refused["peer"]:
            refuse(room, peer, (refused["code"], refused["message"]))
