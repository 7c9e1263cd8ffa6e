"""A replica with wires instead of sockets: does what a room does with the effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crdt import frames
from crdt.replica import (
    CONSEQUENCES,
    Announce,
    Effect,
    Heard,
    Peer,
    Replica,
    Reply,
    Role,
    Spread,
)
from tests.helpers.editor import Editor
from tests.helpers.wire import Wire


@dataclass(eq=False)
class Line:
    """One connection: the wire up to the worker and the wire down to the editor."""

    peer: Peer
    editor: Editor
    up: Wire
    down: Wire


class Worker:
    """One room on one worker. Its journal may be shared with other workers."""

    def __init__(self, journal: list[bytes]) -> None:
        self.replica = Replica()
        self.journal = journal
        self.lines: dict[Peer, Line] = {}
        self.publish: Callable[[bytes], None] = lambda _: None
        self.published = 0
        self._accepted = 0

    def connect(self, editor: Editor, role: Role = Role.PARTICIPANT) -> Line:
        """Open a connection of ``editor``; both sides begin to speak."""
        self._accepted += 1
        peer = Peer(f"{id(self)}-{self._accepted}", editor.user_id, editor.user_id, role)
        down = Wire(editor.receive)
        line = Line(peer, editor, Wire(lambda message: self.receive(peer, message)), down)
        self.lines[peer] = line
        self.carry_out(self.replica.join(peer))
        editor.open(line.up.send)
        return line

    def receive(self, peer: Peer, message: bytes) -> None:
        """Handle one message. Raises ``CrdtError`` as the replica does."""
        self.carry_out(self.replica.receive(peer, frames.decode(message)))

    def from_bus(self, update: bytes) -> None:
        self.carry_out(self.replica.from_bus(update))

    def notice(self, line: Line) -> None:
        """Notice that a connection is gone."""
        line.up.disconnect()
        line.down.disconnect()
        if self.lines.pop(line.peer, None) is not None:
            self.carry_out(self.replica.leave(line.peer))

    def wires(self) -> list[Wire]:
        return [wire for line in self.lines.values() for wire in (line.up, line.down)]

    def carry_out(self, effects: list[Effect]) -> None:
        """What a room does with effects, by the table of consequences."""
        for effect in effects:
            match effect:
                case Reply(peer, message):
                    self.lines[peer].down.send(message)
                case Announce(sender, _, message):
                    self._broadcast(sender, message)
                case Spread(origin, sender, update, message):
                    consequence = CONSEQUENCES[origin]
                    if consequence.local:
                        self._broadcast(sender, message)
                    if consequence.journalled:
                        self.journal.append(update)
                    if consequence.published:
                        self.published += 1
                        self.publish(update)
                case Heard():
                    raise AssertionError("editors here speak no events")

    def _broadcast(self, sender: Peer | None, message: bytes) -> None:
        for peer, line in self.lines.items():
            if peer is not sender:
                line.down.send(message)
