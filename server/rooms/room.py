"""A room carries out what its replica decides.

Nothing between ``receive`` and the bytes going out awaits, so a room is atomic without a
lock. Saving and the bus are fed by appending to buffers that others drain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Final

import structlog

from crdt import frames
from crdt.document import File
from crdt.errors import CloseCode, CrdtError, DocumentPoisoned
from crdt.limits import MESSAGE_BYTES, ROOM_CONNECTIONS
from crdt.replica import (
    CONSEQUENCES,
    Announce,
    Effect,
    Heard,
    Peer,
    Replica,
    Reply,
    Spread,
)
from server.bus.base import Bus
from server.rooms import between
from server.rooms.between import Edit, Happened, Typed
from server.rooms.call import Call
from server.rooms.channels import Audience
from server.rooms.connection import Connection
from server.rooms.fanout import Fanout
from server.rooms.happenings import happen
from server.rooms.keeping import ASKED, KEPT, Keeping
from server.rooms.neighbours import Neighbours, Shared
from server.rooms.place import Place, SharedCall
from server.rooms.pulse import SAMPLE_MASK, Pulse
from server.rooms.roster import roster
from server.rooms.wire import Turn
from server.store.journal import Journal
from server.store.members import Removal
from server.store.room_log import RoomLog, Stored

log = structlog.stdlib.get_logger(__name__)

SEED_AUTHOR: Final = "server"

ROSTER_SECONDS: Final = 0.05
"""How long comings and goings are gathered: when hundreds come back at once, listing all of them
for each would take longer than letting them in."""

EventHandler = Callable[["Room", Peer, dict[str, Any]], None]
HeardHandler = Callable[["Room", str, dict[str, Any]], bool]
"""Takes an event of an end of the bus; True when it was for this worker and not for people."""


class Room:
    """One session's live side on this worker.

    ``on_event`` gets what clients send as room events, ``on_heard`` first what other workers do;
    ``on_poisoned`` is called when the document can no longer be trusted and the room must be
    dropped and loaded afresh; ``shared`` is what is told to other workers that have the room open.
    """

    def __init__(
        self,
        session_id: str,
        stored: Stored,
        removals: Iterable[Removal],
        speakers: Iterable[str] = (),
        *,
        journal: Journal,
        bus: Bus,
        turn: Turn,
        pulse: Pulse,
        on_event: EventHandler,
        on_poisoned: Callable[[Room], None],
        on_recording: Callable[[str, dict[str, Any]], None] = lambda _session, _state: None,
        shared: dict[str, Shared] | None = None,
        on_heard: HeardHandler = lambda _room, _origin, _event: False,
    ) -> None:
        """Raises ``CrdtError`` when what the store had cannot be applied."""
        self.session_id = session_id
        self.epoch = stored.epoch
        self.closed = stored.closed
        self.removals = {removal.user: removal for removal in removals}
        """Who was ever taken out of the session, by id."""
        self.covers = dict(stored.covers)  # what of other workers the document surely holds
        self.snapshot_at = stored.seq + 1 - len(stored.updates)
        """Number of our last edit in the newest snapshot, as if those behind it were ours."""
        self.snapshotting = asyncio.Lock()
        self.chat = Audience()
        told = {"call": SharedCall(self), **(shared or {})}
        self.neighbours = Neighbours(Place(self), bus, told, self._roster_soon)
        self.call = Call(
            speakers,
            tell=self.event,
            changed=self._roster_soon,
            recorded=lambda state: self.keeping.decided(state),
        )
        self.keeping = Keeping(
            bus.name,
            self.call,
            self.neighbours,
            everybody=self._everybody,
            do=lambda peer, payload: on_event(self, peer, payload),
            tell=self.event,
            changed=self._roster_soon,
            recorded=partial(on_recording, session_id),
        )
        self._turn = turn
        self._pulse = pulse
        self._fanout = Fanout(turn)
        self.replica = Replica()
        self.replica.load(stored.updates)
        self._journal = journal
        self._on_event = on_event
        self._on_poisoned = on_poisoned
        self._on_heard = on_heard
        self._roster_due = False
        self._unsaved: set[Connection] = set()
        self.log: RoomLog = journal.open(session_id, stored.seq, self._on_durable, self._on_health)
        self._on_health()

    # -- peers -----------------------------------------------------------------------------

    @property
    def connections(self) -> dict[Peer, Connection]:
        """Who is here."""
        return self._fanout.connections

    @property
    def full(self) -> bool:
        """Whether no more connections are taken."""
        return len(self.connections) >= ROOM_CONNECTIONS

    def join(self, connection: Connection) -> None:
        """Let a connection in: it is asked what it has and told who is here."""
        self._fanout.join(connection)
        self.perform(self.replica.join(connection.peer))
        self._roster_soon()
        if self._journal.trouble is not None:
            connection.send_event(self._degraded())

    def leave(self, connection: Connection) -> None:
        """Take a connection and its presence out. Doing it twice changes nothing."""
        if self._fanout.leave(connection):
            self.chat.forget(connection.peer)
            self.keeping.lose(connection.peer)
            self._unsaved.discard(connection)
            self.perform(self.replica.leave(connection.peer))
            self._roster_soon()

    def refuses(self, user_id: str, ticket_from: datetime) -> bool:
        """Whether somebody may not come in (any more) with a ticket of that moment."""
        removal = self.removals.get(user_id)
        return removal is not None and (removal.out or ticket_from <= removal.at)

    def remove(self, removal: Removal, reason: str) -> None:
        """Close and take out, this very moment, every connection of somebody who was removed; of
        somebody let in again since, those that came with a ticket of before."""
        self.removals[removal.user] = removal
        self.call.let(removal.user, speaks=False)
        for connection in self.of(removal.user):
            if self.refuses(removal.user, connection.ticket_from):
                connection.close(CloseCode.NOT_ALLOWED, reason)
                self.leave(connection)

    def sign_out(self, user_id: str, at: datetime, reason: str) -> None:
        """Close and take out somebody's connections that came with a ticket of before; with a
        fresh one they may come back."""
        for connection in self.of(user_id):
            if connection.ticket_from <= at:
                connection.close(CloseCode.NOT_SIGNED_IN, reason)
                self.leave(connection)

    def of(self, user_id: str) -> list[Connection]:
        """Somebody's connections at this worker."""
        return [each for peer, each in self.connections.items() if peer.user_id == user_id]

    def readmit(self, user_id: str) -> None:
        """Let somebody in again, with a ticket of after the removal."""
        if user_id in self.removals:
            self.removals[user_id] = self.removals[user_id]._replace(out=False)

    def end(self, event: dict[str, Any]) -> None:
        """Tell everybody here that the session has ended, close them, let nobody in again."""
        self.event(event)
        self.closed = True
        self.close_all(CloseCode.SESSION_ENDED, event.get("reason", "The session has ended."))

    def receive(self, connection: Connection, message: bytes) -> None:
        """Handle one binary message; whatever is wrong with it ends this connection only."""
        if not connection.open:
            return
        if len(message) > MESSAGE_BYTES:
            connection.close(CloseCode.TOO_LARGE, f"messages have at most {MESSAGE_BYTES} bytes")
            return
        if not connection.paced():
            connection.close(CloseCode.TOO_FAST, "too many messages")
            return
        pulse = self._pulse
        pulse.messages += 1
        if not pulse.messages & SAMPLE_MASK:
            pulse.sample(self._turn)
        peer = connection.peer
        counted, owned = peer.frames, len(peer.clients)
        try:
            effects = self.replica.receive(peer, frames.decode(message), message)
            self.perform(effects)
        except CrdtError as error:
            self._refuse(connection, error)
            return
        except Exception:
            log.exception("message failed", session=self.session_id)
            connection.close(CloseCode.INTERNAL_ERROR, "something went wrong on our side")
            return
        if peer.frames != counted and peer.events:
            connection.note(self.log.appended)
            self._unsaved.add(connection)
            if self.log.durable == self.log.appended:  # nothing new in it
                self._on_durable()
        if len(peer.clients) != owned:
            self._roster_soon()

    def _refuse(self, connection: Connection, error: CrdtError) -> None:
        user = connection.peer.user_id
        if isinstance(error, DocumentPoisoned):
            log.error("document poisoned", session=self.session_id, user=user)
            connection.close(error.close_code, "this edit broke the document; it was undone")
            self._on_poisoned(self)
        else:
            log.info("peer closed", session=self.session_id, user=user, why=str(error))
            connection.close(error.close_code, str(error))

    def tick(self) -> None:
        """Every ``KEEPALIVE_SECONDS``: a sign of life to everybody."""
        self.perform(self.replica.tick())

    def close_all(self, code: CloseCode, reason: str) -> None:
        """Close every connection; each leaves when its socket is gone."""
        self.call.clear()
        for connection in list(self.connections.values()):
            connection.close(code, reason)

    # -- what others ask -------------------------------------------------------------------

    def event(self, payload: dict[str, Any], among: Collection[Peer] | None = None) -> None:
        """Send one event to everybody here (``among``: to these only); it is encoded once."""
        self._fanout.event(frames.event(payload), among)

    def tell(self, peer: Peer, payload: dict[str, Any]) -> None:
        """Send one event to one peer, at whichever worker, if it is still there."""
        if peer.events:
            self.pass_on(peer, frames.event(payload))

    def pass_on(self, peer: Peer, message: bytes) -> None:
        """Send one event, encoded already, to one peer, if it is still there."""
        if (elsewhere := self.neighbours.of(peer)) is not None:
            self.neighbours.tell(elsewhere, between.told(peer.id, message))
        else:
            self._fanout.reply(peer, message)

    def files(self) -> list[File]:
        """The files as they stand now."""
        return self.replica.document.files()

    def active(self) -> str | None:
        """The path of the file that is shown and run."""
        return self.replica.document.active()

    def snapshot(self) -> tuple[dict[str, int], bytes]:
        """Which edits of each worker the document holds, and it as one update. Raises
        ``DocumentPoisoned`` for the rare one that cannot be encoded; the journal has all."""
        ours = {self._journal.writer: self.log.appended} if self.log.appended else {}
        return {**self.covers, **ours}, self.replica.document.snapshot()

    def catch_up(self, updates: Sequence[bytes]) -> bool:
        """Take in what others stored; return whether none of it waits for what is not stored yet.
        Raises ``DocumentPoisoned``."""
        try:
            effects, whole = self.replica.catch_up(updates)
        except DocumentPoisoned:
            log.error("document poisoned by the store", session=self.session_id)
            self._on_poisoned(self)
            raise
        self.perform(effects)
        return whole

    def people(self) -> list[dict[str, Any]]:
        """The roster: one row a person, with their presence ids and their pages in the call."""
        return roster(self._everybody(), self.call.speaks, self.keeping.rows)

    def _everybody(self) -> Iterable[Peer]:
        return chain(self.connections, self.neighbours.peers)

    # -- other workers ---------------------------------------------------------------------

    def hear(self, origin: str, payload: bytes) -> None:
        """Handle what another worker published for this room. Never raises."""
        try:
            message = between.decode(payload)
            if isinstance(message, Edit):
                self.perform(self.replica.from_bus(*message))
            elif isinstance(message, Typed):
                self.perform(self.replica.from_bus(*message.edit))
                self.neighbours.moved(origin, message.peer, message.presence)
            elif not self.neighbours.hear(origin, message) and isinstance(message, Happened):
                self._hear_event(origin, message.payload)
        except DocumentPoisoned:
            log.error("document poisoned by the bus", session=self.session_id)
            self._on_poisoned(self)
        except (CrdtError, KeyError, TypeError, ValueError) as error:
            log.error("bad message on the bus", session=self.session_id, why=repr(error))

    def _hear_event(self, origin: str, payload: dict[str, Any]) -> None:
        kind = payload["type"]
        if kind == KEPT:
            self.keeping.heard(origin, payload)
        elif kind != ASKED:
            if not self._on_heard(self, origin, payload):
                happen(self, payload)
        elif not self.keeping.elsewhere:
            self._on_event(self, self.neighbours.ensure(origin, payload["by"]), payload["payload"])

    def missed(self, origin: str | None) -> None:
        """Something that this end of the bus published for this room may be lost; None: anybody."""
        self.neighbours.missed(origin)

    # -- effects ---------------------------------------------------------------------------

    def perform(self, effects: Iterable[Effect]) -> None:
        """Carry out what the replica decided."""
        for effect in effects:
            if isinstance(effect, Spread):  # what keystrokes do comes first, and unmatched
                self._spread(effect)
                continue
            if isinstance(effect, Announce):
                self._fanout.presence(effect)
                self.neighbours.tell_presence(effect.sender, effect.message)
                continue
            match effect:
                case Reply(peer, message):
                    self._fanout.reply(peer, message)
                case Heard(peer, event):
                    self._on_event(self, peer, event.payload())

    def _spread(self, effect: Spread) -> None:
        origin, sender, update, message = effect
        local, published, journalled = CONSEQUENCES[origin]
        if journalled:
            author = sender.user_id if sender is not None else ""  # the bus: its worker knows
            self._journal.append(self.log, author, update)
        if published:
            self.neighbours.tell_edit(sender, message)
        if local:
            self._fanout.update(sender, message)

    def _roster_soon(self) -> None:
        if not self._roster_due:
            self._roster_due = True
            asyncio.get_running_loop().call_later(ROSTER_SECONDS, self._send_roster)

    def _send_roster(self) -> None:
        self._roster_due = False
        self.neighbours.tell_people()
        self.keeping.publish()
        if self.connections:
            self.event({"type": "roster", "people": self.people()})

    # -- the journal -----------------------------------------------------------------------

    def _on_durable(self) -> None:
        safe = [each for each in self._unsaved if not each.tell_saved(self.log.durable)]
        self._unsaved.difference_update(safe)

    def _on_health(self) -> None:
        """The journal fell ill, filled up, or got well."""
        reason = "edits cannot be stored right now" if self._journal.full else None
        if reason != self.replica.read_only:
            self.perform(self.replica.set_read_only(reason))
        if self._journal.trouble is not None:
            self.event(self._degraded())
            return
        for connection in list(self.connections.values()):
            connection.tell_saved_again()

    def _degraded(self) -> dict[str, Any]:
        return {
            "type": "degraded",
            "readOnly": self._journal.full,
            "message": f"{self._journal.trouble}; edits are kept in memory until it is back",
        }
