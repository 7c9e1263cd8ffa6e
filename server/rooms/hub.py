"""The hub opens rooms once, keeps them while somebody needs them, and puts them away."""

from __future__ import annotations

import asyncio
import secrets
import select
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from crdt.document import SeedFile
from crdt.errors import CloseCode, CrdtError
from crdt.history import Entry
from crdt.limits import KEEPALIVE_SECONDS
from crdt.replica import CONSEQUENCES, Peer, Replica, Spread
from server.bus.base import Bus
from server.errors import StorageUnavailable
from server.rooms import between
from server.rooms.apart import Apart
from server.rooms.connection import NEVER, Connection, Socket
from server.rooms.early import Early
from server.rooms.happenings import READMITTED, REMOVED, happen
from server.rooms.neighbours import HERE_SECONDS, Shared
from server.rooms.pulse import Pulse
from server.rooms.reader import Reader
from server.rooms.rereading import Rereading
from server.rooms.room import SEED_AUTHOR, EventHandler, HeardHandler, Room
from server.rooms.snapshotting import Snapshotting
from server.rooms.wire import Turn
from server.shared import SharedCalls
from server.store.journal import Journal
from server.store.members import Removal
from server.store.room_log import Stored

log = structlog.stdlib.get_logger(__name__)

TICK_ROOMS: Final = 16
"""Rooms that get their sign of life at a time: hundreds at once would hold up what people type."""


def _ignore(room: Room, peer: Peer, payload: dict[str, Any]) -> None:
    """Nobody is interested in events yet."""


async def _nobody(session_id: str) -> Sequence[str]:
    """No spectator takes part."""
    return ()


class Hub:
    """All rooms of one worker."""

    def __init__(
        self,
        *,
        journal: Journal,
        bus: Bus,
        removals: Callable[[str], Awaitable[Sequence[Removal]]],
        grace_seconds: float,
        snapshot_every: int,
        speakers: Callable[[str], Awaitable[Sequence[str]]] = _nobody,
    ) -> None:
        """``removals``: reads who was taken out of a session; ``grace_seconds``: how long an
        empty room stays; ``snapshot_every``: edits between two snapshots; ``speakers``: reads
        which spectators the host let take part."""
        self.on_event: EventHandler = _ignore
        """What to do with a client's room event; set once, before the first room opens."""
        self.on_heard: HeardHandler = lambda _room, _origin, _event: False
        """What takes an event of another worker first; set once, as `on_event` is."""
        self.on_put_away: list[Callable[[str], None]] = []
        """Who hears of every room that leaves this worker's memory, by the session's id."""
        self._held: Counter[str] = Counter()
        self._journal = journal
        self.bus = bus
        self._removals = removals
        self._speakers = speakers
        self.on_recording: list[Callable[[str, dict[str, Any]], None]] = []
        """Who hears of every new state of a recording's consent, with the session's id and what
        the room is told."""
        self.shared: dict[str, Shared] = {}
        """What else of rooms is told to other workers that have them open, by name; set before
        the first room opens."""
        self._grace_seconds = grace_seconds
        self.apart = Apart(bus, lambda: self._rooms.values())
        """Whether workers do not hear each other."""
        self._turn = Turn()
        self.pulse = Pulse()  # what the rooms count
        self.reader: Reader | None = None
        """What reads the sockets of the fast path, once started and where there is epoll."""
        self._rooms: dict[str, Room] = {}
        self._opening: SharedCalls[Room] = SharedCalls()
        self._early: dict[str, Early] = {}
        """What happened to rooms while they are being opened."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._rereading = Rereading(journal, bus, self._rooms)
        self.snapshots = Snapshotting(journal, self._rooms, snapshot_every)

    def start(self) -> None:
        """Begin to read, and the keep-alive of all rooms, and their snapshots."""
        if hasattr(select, "epoll"):
            self.reader = Reader(self._turn)
        self.apart.start()
        self._rereading.start()
        self._loops = [
            asyncio.create_task(self._tick_forever(), name="hub-tick"),
            asyncio.create_task(self.snapshots.take_forever(), name="hub-snapshot"),
            asyncio.create_task(self._meet_forever(), name="hub-neighbours"),
        ]

    @property
    def rooms(self) -> dict[str, Room]:
        """The rooms in memory, by session id."""
        return self._rooms

    # -- rooms -----------------------------------------------------------------------------

    async def create(self, session_id: str, files: Sequence[SeedFile], active: str) -> None:
        """Store the document of a new session; it is durable on return.

        Raises ``StorageUnavailable``, or ``ValueError`` for files that cannot be.
        """
        for effect in Replica().seed(files, active):
            if isinstance(effect, Spread) and CONSEQUENCES[effect.origin].journalled:
                entry = Entry(time.time_ns() // 1_000_000, SEED_AUTHOR, effect.update)
                await self._journal.create(session_id, secrets.token_hex(8), entry)

    async def open(self, session_id: str) -> Room:
        """The room of a session, loaded if need be: once, however many ask at a time.

        Raises ``NoSuchDocument``, or ``StorageUnavailable`` when it cannot be loaded whole.
        The caller must use the room before it awaits again, or join it.
        """
        room = self._rooms.get(session_id)
        if room is None:
            room = await self._opening.get(session_id, partial(self._load, session_id))
        self._put_away_later(room)
        return room

    async def _load(self, session_id: str) -> Room:
        early = self._early[session_id] = Early()
        try:
            await self.bus.subscribe(session_id, early)
            room = await self._restore(session_id)
            await self.bus.subscribe(session_id, room)
            early.tell(room)
            await room.neighbours.meet()
            early.tell(room)
            self._rooms[session_id] = room
        except CrdtError as error:
            self._journal.leave(session_id)
            await self.bus.unsubscribe(session_id)
            log.error("stored document cannot be read", session=session_id, error=str(error))
            raise StorageUnavailable from error
        except BaseException:
            await self.bus.unsubscribe(session_id)
            raise
        finally:
            del self._early[session_id]
        return room

    async def _restore(self, session_id: str) -> Room:
        """The room as stored; from its whole journal where the snapshot cannot be read."""
        removals = await self._removals(session_id)  # before `load`: newer ones come by the bus
        speakers = await self._speakers(session_id)
        stored = await self._journal.load(session_id)
        try:
            return self._room(session_id, stored, removals, speakers)
        except CrdtError as error:
            log.error("snapshot cannot be read", session=session_id, error=str(error))
        entries = await self._journal.entries(session_id)
        updates = [entry.update for entry in entries]
        return self._room(session_id, stored._replace(updates=updates), removals, speakers)

    def _room(
        self,
        session_id: str,
        stored: Stored,
        removals: Sequence[Removal],
        speakers: Iterable[str],
    ) -> Room:
        return Room(
            session_id,
            stored,
            removals,
            speakers,
            journal=self._journal,
            bus=self.bus,
            turn=self._turn,
            pulse=self.pulse,
            on_event=self.on_event,
            on_poisoned=self._quarantine,
            on_recording=self._tell_recording,
            shared=self.shared,
            on_heard=self.on_heard,
        )

    def _tell_recording(self, session_id: str, state: dict[str, Any]) -> None:
        for hear in self.on_recording:
            hear(session_id, state)

    def join(
        self, room: Room, peer: Peer, socket: Socket, ticket_from: datetime = NEVER
    ) -> Connection:
        """Let a peer into a room that ``open`` just returned, by a ticket of that moment."""
        self._cancel_timer(room.session_id)
        clock = asyncio.get_running_loop().time
        connection = Connection(peer, socket, self._turn, clock, ticket_from)
        room.join(connection)
        return connection

    def leave(self, room: Room, connection: Connection) -> None:
        """Let it go; the last one starts the room's grace period."""
        connection.open = False
        self.pulse.closes[connection.closed_with] += 1
        room.leave(connection)
        self._put_away_later(room)

    # -- events ----------------------------------------------------------------------------

    def notify(self, session_id: str, event: dict[str, Any]) -> None:
        """Send one event to everybody in the room, on every worker.

        Every worker's room does what the event means to it; who is opening the room just now
        hears of it too.
        """
        message = between.event(event)
        self.bus.publish(session_id, message)
        if (room := self._rooms.get(session_id)) is not None:
            happen(room, event)
        elif session_id in self._early:
            self._early[session_id].hear(self.bus.name, message)

    def remove(self, session_id: str, removal: Removal, reason: str) -> None:
        """Close every connection (4403) of somebody who was removed from a session, on every
        worker, and take none of them from now on."""
        at = removal.at.isoformat()
        self.notify(session_id, {"type": REMOVED, "user": removal.user, "at": at, "reason": reason})

    def readmit(self, session_id: str, user_id: str) -> None:
        """Take somebody again who had been removed."""
        self.notify(session_id, {"type": READMITTED, "user": user_id})

    async def end(self, session_id: str, event: dict[str, Any]) -> None:
        """Tell everybody the event of type ``session.ended``, close everybody (4410), and let
        nobody in again.

        The document stays and can still be read. Raises ``StorageUnavailable``.
        """
        self.notify(session_id, event)
        await self._journal.close_document(session_id)

    async def close(self) -> None:
        """Send everybody away (1012: come back soon) and put every room away."""
        self.apart.close()
        for loop in self._loops:
            loop.cancel()
        self._rereading.stop()
        rooms = list(self._rooms.values())
        for room in rooms:
            self._cancel_timer(room.session_id)
            room.close_all(CloseCode.RESTARTING, "the server restarts")
            room.neighbours.close()
        await asyncio.gather(*(self.snapshots.take(room) for room in rooms), *self._tasks)
        if self.reader is not None:
            self.reader.close()

    # -- putting away ------------------------------------------------------------------------

    def hold(self, session_id: str) -> None:
        """Keep a room, also without anybody here: others may be in it at another worker."""
        self._held[session_id] += 1
        self._cancel_timer(session_id)

    def let_go(self, session_id: str) -> None:
        """Undo one ``hold``."""
        self._held -= Counter({session_id: 1})
        if (room := self._rooms.get(session_id)) is not None:
            self._put_away_later(room)

    def _kept(self, room: Room) -> bool:
        return bool(room.connections) or room.session_id in self._held

    def _put_away_later(self, room: Room) -> None:
        if self._kept(room) or self._rooms.get(room.session_id) is not room:
            return
        self._cancel_timer(room.session_id)
        self._timers[room.session_id] = asyncio.get_running_loop().call_later(
            self._grace_seconds, lambda: self._spawn(self._put_away(room))
        )

    def _cancel_timer(self, session_id: str) -> None:
        timer = self._timers.pop(session_id, None)
        if timer is not None:
            timer.cancel()

    async def _put_away(self, room: Room) -> None:
        """Snapshot an empty room and forget it, unless somebody came meanwhile."""
        if self._kept(room):
            return
        await self._journal.flush(room.log)
        await self.snapshots.take(room)
        if self._kept(room) or self._rooms.get(room.session_id) is not room:
            return
        if room.log.durable != room.log.appended:
            self._put_away_later(room)
            return
        self._forget(room)
        await self.bus.unsubscribe(room.session_id)

    def _forget(self, room: Room) -> None:
        self._cancel_timer(room.session_id)
        room.neighbours.close()
        del self._rooms[room.session_id]
        self._journal.close(room.log)
        for hear in self.on_put_away:
            hear(room.session_id)
        self._spawn(self.snapshots.release(room.session_id))

    def _quarantine(self, room: Room) -> None:
        """Drop a document that cannot be trusted; everybody resumes from the store."""
        room.close_all(CloseCode.INTERNAL_ERROR, "the document is being reloaded")
        if self._rooms.get(room.session_id) is room:
            self._forget(room)

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_SECONDS)
            for number, room in enumerate(list(self._rooms.values()), 1):
                room.tick()
                room.neighbours.recount()
                if number % TICK_ROOMS == 0:
                    await asyncio.sleep(0)

    async def _meet_forever(self) -> None:
        """Tell the other workers that we are there, and notice those that are not."""
        while True:
            await asyncio.sleep(HERE_SECONDS)
            for room in list(self._rooms.values()):
                if room.neighbours.awake:
                    if room.neighbours.tick():
                        self._rereading.one(room)
                    room.keeping.tick()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("room task failed", error=repr(error))
