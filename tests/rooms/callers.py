"""People in a room's call, without a server around it."""

from __future__ import annotations

from typing import Any

from crdt import frames
from crdt.replica import Role
from server.rooms.hub import Hub
from server.rooms.room import Room
from tests.helpers.embedded import eventually
from tests.helpers.wires import Client, turn_over


def key_of(name: str) -> str:
    """A key of the call that is easy to read."""
    return f"key-of-{name}".ljust(20, "-")


class Caller(Client):
    """One page of somebody in a room."""

    def __init__(self, hub: Hub, room: Room, user: str, role: Role) -> None:
        super().__init__(role, user=user)
        self.key = key_of(self.peer.id)
        self._hub, self._room = hub, room
        self.enter(hub, room)

    def tell(self, kind: str, **values: Any) -> None:
        self._room.receive(self.connection, frames.event({"type": kind, **values}))

    def join(self, *, mic: bool = True, camera: bool = True, **more: Any) -> None:
        self.tell("call.join", **{"key": self.key, "mic": mic, "camera": camera, **more})

    def signal(self, to: str, **data: Any) -> None:
        self.tell("signal", to=to, data=data)

    def vanish(self) -> None:
        """The connection is lost."""
        self._hub.leave(self._room, self.connection)

    async def said(self, kind: str) -> dict[str, Any]:
        """The newest event of that type, once there is one."""
        await eventually(lambda: self.events(kind), kind)
        return self.events(kind)[-1]

    async def refused(self) -> str:
        """The code of the newest refusal; there must be one by the end of this turn."""
        await turn_over()
        (*_, refusal) = self.events("error")
        self.forget()
        return str(refusal["code"])

    @property
    def row(self) -> dict[str, Any]:
        """What the roster says of this person."""
        (row,) = (row for row in self._room.people() if row["_id"] == self.peer.user_id)
        return row

    @property
    def devices(self) -> tuple[bool, bool, bool] | None:
        """Microphone, camera and screen of this page; None: it is not in the call."""
        for shown in self.row["call"]:
            if shown["key"] == self.key:
                return shown["mic"], shown["camera"], shown["screen"]
        return None
