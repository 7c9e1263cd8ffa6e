"""Whether the call may be recorded: asked by the host, answered by everybody who would be in it.

One state machine for the built-in call and for Stream: ``off``, ``asking``, ``on``. It says that a
recording may go on and tells everybody so; it records nothing itself.

Nobody is recorded without a yes of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from crdt.replica import Peer
from server.rooms.record import now

State = Literal["off", "asking", "on"]

OFF: Final[dict[str, Any]] = {
    "state": "off",
    "by": None,
    "since": None,
    "people": [],
    "refusedBy": None,
}
"""The consent of a call that nobody has asked about."""

_OFF: Final[State] = "off"
_ASKING: Final[State] = "asking"
_ON: Final[State] = "on"


class Refused(Exception):
    """Something a client asked for is not done; ``code`` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class _Person:
    """Somebody who would be recorded. ``agreed`` None: has not answered yet."""

    name: str
    agreed: bool | None


class Recording:
    """The consent of one room.

    ``tell`` sends an event to everybody in the room; ``heard`` is called with each new state, as
    ``shown`` gives it, so that who records elsewhere can stop.
    """

    def __init__(
        self, tell: Callable[[dict[str, Any]], None], heard: Callable[[dict[str, Any]], None]
    ) -> None:
        self._tell = tell
        self._heard = heard
        self.state: State = _OFF
        self._by: dict[str, str] | None = None
        self._since: str | None = None
        self._refused_by: dict[str, str] | None = None
        self._people: dict[str, _Person] = {}
        """By id, while it is not off."""
        self._recorder: str | None = None
        """The key, in the call, of the page that asked: without it there is nobody to record."""

    def shown(self) -> dict[str, Any]:
        """``{state, by, since, people: [{_id, name, agreed}], refusedBy}``."""
        people = [
            {"_id": user, "name": person.name, "agreed": person.agreed}
            for user, person in self._people.items()
        ]
        return {
            "state": self.state,
            "by": self._by,
            "since": self._since,
            "people": people,
            "refusedBy": self._refused_by,
        }

    # -- what people want ------------------------------------------------------------------

    def ask(self, peer: Peer, key: str, people: Mapping[str, str]) -> None:
        """``peer``, whose page is ``key`` in the call, wants to record these people (names by
        id). Asking is agreeing. Raises ``Refused`` while it is not off."""
        if self.state != _OFF:
            raise Refused("not_allowed", "The call is being recorded, or asked about, already.")
        self._people = {user: _Person(name, None) for user, name in people.items()}
        self._people[peer.user_id] = _Person(peer.name, True)
        self._by = {"_id": peer.user_id, "name": peer.name}
        self._recorder = key
        self._refused_by = None
        self._enter(_ASKING)
        self._settle()

    def answer(self, peer: Peer, *, agree: bool) -> None:
        """One no ends it, also later. Raises ``Refused`` for who is not asked; an answer that
        comes when it is over already is passed over."""
        if self.state == _OFF:
            return
        person = self._people.get(peer.user_id)
        if person is None:
            message = "Only those who take part in the call are asked about recording it."
            raise Refused("not_allowed", message)
        if not agree:
            self._end(refused_by={"_id": peer.user_id, "name": peer.name})
        elif not person.agreed:
            person.agreed = True
            self._changed()

    def stop(self) -> None:
        """No recording, from now on. Doing it twice changes nothing."""
        if self.state != _OFF:
            self._end()

    def forget(self) -> None:
        """It is decided elsewhere from now on; nobody is told."""
        self.state, self._since, self._refused_by = _OFF, None, None
        self._people, self._by, self._recorder = {}, None, None

    # -- who is in the call ----------------------------------------------------------------

    def may_send(self, user_id: str) -> bool:
        """Whether somebody may be heard and seen: while it is on, only who has agreed."""
        if self.state != _ON:
            return True
        person = self._people.get(user_id)
        return person is not None and person.agreed is True

    def came(self, user_id: str, name: str, *, agree: bool) -> None:
        """Somebody takes part in the call, perhaps with one more page; ``agree``: and has said
        yes."""
        if self.state == _OFF:
            return
        person = self._people.setdefault(user_id, _Person(name, None))
        person.agreed = person.agreed or (True if agree else None)
        self._changed()

    def went(self, user_id: str) -> None:
        """Somebody takes no part in the call any more: their answer is not waited for."""
        if self._people.pop(user_id, None) is not None:
            self._changed()

    def page_went(self, key: str) -> None:
        """A page left the call: with the one that records, the recording ends."""
        if key == self._recorder:
            self.stop()

    # -- states ----------------------------------------------------------------------------

    def _changed(self) -> None:
        if not self._settle():
            self._say()

    def _settle(self) -> bool:
        """Turn it on if all have agreed; returns whether that is so and was news."""
        if self.state != _ASKING or not all(each.agreed for each in self._people.values()):
            return False
        self._enter(_ON)
        return True

    def _end(self, refused_by: dict[str, str] | None = None) -> None:
        self._people = {}
        self._by = self._recorder = None
        self._refused_by = refused_by
        self._enter(_OFF)

    def _enter(self, state: State) -> None:
        self.state = state
        self._since = now()
        self._say()

    def _say(self) -> None:
        shown = self.shown()
        self._tell({"type": "recording", **shown})
        self._heard(shown)
