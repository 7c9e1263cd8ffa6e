"""The other workers that have one room open: who is there, and how all come to the same document.

The bus may lose messages. So nothing is repaired by sending it again: who may have missed
something asks with its state vector and gets the difference, alone, and gives back what the other
lacked (a sync request that everybody answers on a channel that all read is how stale replicas
damage documents elsewhere). Who is connected at another worker is told as a whole each time.

A worker that is heard no more counts as gone: its people leave the roster and presence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from crdt import frames
from crdt.frames import Presence, PresenceEntry
from crdt.replica import Peer
from server.bus.base import Bus
from server.rooms import between
from server.rooms.between import Answer, Ask, Happened, Moved, Rest, Told

log = structlog.stdlib.get_logger(__name__)

ANSWER_SECONDS: Final = 0.5
"""How long a room's opening waits for what the others have of it; it gets that later all the
same."""

RETRY_SECONDS, TRIES = 1.0, 5
"""How soon, and how often, who was not answered asks again."""

HERE_SECONDS: Final = 2.0
"""How often a worker says that it has the room open, where others have it too."""

GONE_SECONDS: Final = 7.0
"""How long one that says nothing counts as there."""

DOUBTS: Final = 30
"""For so many times ``HERE_SECONDS`` after one counted as gone it is looked whether it is not."""

FEW: Final = 3
"""To how many others an edit is told one by one. Redis gives what is told to all who listen also
to who told it, in a message for each room."""

EARLY: Final = 64
"""Presence messages of a connection that are kept until it is known whose it is."""

PEOPLE: Final = "worker.people"
HERE: Final = "worker.here"
BYE: Final = "worker.bye"


class Shared(Protocol):
    """Something of a room that another worker has and tells, besides document and people."""

    def told(self, session_id: str) -> dict[str, Any] | None:
        """What others need to know of it now; None: nothing."""

    def heard(self, session_id: str, origin: str, state: dict[str, Any] | None) -> None:
        """What another worker has."""

    def lost(self, session_id: str, origin: str, *, gone: bool) -> None:
        """That worker is gone, or else has put the room away."""


class Place(Protocol):
    """The room of this worker, as its neighbours change it."""

    @property
    def session_id(self) -> str: ...
    def state_vector(self) -> bytes: ...
    def diff(self, state_vector: bytes) -> bytes: ...
    def merge(self, update: bytes) -> None: ...
    def here(self) -> Iterable[Peer]: ...
    def presence_of(self, peer: Peer) -> list[PresenceEntry]: ...
    def moved(
        self, peer: Peer, entries: Sequence[PresenceEntry], message: bytes | None = None
    ) -> None: ...
    def went(self, peer: Peer) -> None: ...
    def pass_on_here(self, peer_id: str, message: bytes) -> None: ...


@dataclass(slots=True, eq=False)
class _Neighbour:
    """Another worker that has the room open."""

    heard: float
    peers: dict[str, Peer] = field(default_factory=dict)
    """Its connections, by id."""
    early: dict[str, list[bytes]] = field(default_factory=dict)
    """Presence of those that it has not told of yet."""


class Neighbours:
    """Of one room. ``shared``: what else is told, by name."""

    def __init__(
        self, place: Place, bus: Bus, shared: dict[str, Shared], changed: Callable[[], None]
    ) -> None:
        """``changed`` is called when other people are there than before."""
        self._place = place
        self._room = place.session_id
        self._bus = bus
        self._shared = shared
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._there: dict[str, _Neighbour] = {}
        self._by_peer: dict[Peer, str] = {}
        self._asked: dict[str | None, asyncio.TimerHandle] = {}
        """Whose answer is waited for; None: everybody's."""
        self._answered: set[str] = set()
        self._all_answered = asyncio.Event()
        self._wanted = 0
        self._held: tuple[Peer | None, bytes] | None = None
        """The last edit of this turn and whose it is, not told yet."""
        self._people: list[dict[str, Any]] = []
        """Who is here, as all were told last; who comes later asks."""
        self._ticked = self._clock()
        self._doubts = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def awake(self) -> bool:
        """Whether ``tick`` is to be called: another worker has the room open, or may have."""
        return bool(self._there) or self._doubts > 0

    @property
    def names(self) -> list[str]:
        """Their ends of the bus."""
        return list(self._there)

    @property
    def peers(self) -> Iterable[Peer]:
        """Whoever is connected at another worker."""
        return self._by_peer

    def of(self, peer: Peer) -> str | None:
        """The worker that somebody is connected at; None: this one, or none any more."""
        return self._by_peer.get(peer)

    # -- telling -----------------------------------------------------------------------------

    def publish(self, message: bytes) -> None:
        """Tell those who have the room open, if there are any."""
        if self._there:
            self._say(message)

    def tell(self, name: str, message: bytes) -> None:
        """Tell one of them."""
        self._release()
        self._bus.send(name, self._room, message)

    def tell_edit(self, sender: Peer | None, message: bytes) -> None:
        """An edit made here, as its frame, a moment later: its sender's cursor is to go along."""
        if self._there:
            self._release()
            self._held = (sender, message)
            self._loop.call_soon(self._release)

    def tell_people(self) -> None:
        """Who is connected here, if it is not what was said last."""
        people = [between.identity(peer) for peer in self._place.here()]
        if self._there and people != self._people:
            self._people = people
            self.publish(between.event({"type": PEOPLE, "people": people}))

    def tell_presence(self, peer: Peer, message: bytes) -> None:
        """What one of this worker's connections says of itself: a presence frame."""
        if not self._there or peer in self._by_peer:
            return
        if self._held is not None and self._held[0] is peer:
            (_, edit), self._held = self._held, None
            self._spread(between.typed(edit, peer.id, message))
        else:
            self._spread(between.moved(peer.id, message))

    def _release(self) -> None:
        if self._held is not None:
            (_, edit), self._held = self._held, None
            self._spread(edit)

    def _spread(self, message: bytes) -> None:
        """Tell those who are known, if they are few. Who is not known notices by ``HERE``."""
        self._release()
        there = self._there
        self._bus.publish(self._room, message, there if len(there) <= FEW else ())

    def _say(self, message: bytes) -> None:
        """Tell all who have the room open, whether known or not."""
        self._release()
        self._bus.publish(self._room, message)

    # -- coming and going --------------------------------------------------------------------

    async def meet(self) -> None:
        """Hear from all others what this worker lacks, or a little later where they are slow."""
        self._wanted = await self._bus.others(self._room)
        if self._wanted:
            self._ask(None)
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._all_answered.wait()

    def missed(self, origin: str | None) -> None:
        """Something that one of them said, or any (None), may be lost."""
        if origin is None:
            self._spawn(self._ask_all(-1))
        elif origin not in self._asked:
            self._ask(origin)

    def tick(self) -> bool:
        """Every ``HERE_SECONDS``; returns whether somebody was found gone without a word."""
        at = self._clock()
        if at - self._ticked > 2 * HERE_SECONDS or self._bus.trouble is not None:
            for each in self._there.values():  # we could not hear them, so it tells nothing
                each.heard = at
        self._ticked = at
        gone = [name for name, each in self._there.items() if at - each.heard > GONE_SECONDS]
        for name in gone:
            log.info("another worker is heard no more", session=self._room, worker=name)
            self._drop(name, gone=True)
            self._doubts = DOUBTS
        self.publish(between.event({"type": HERE}))
        if self._doubts:
            self._doubts -= 1
            self.recount()
        return bool(gone)

    def recount(self) -> None:
        """Now and then: whether all who have the room open are known."""
        self._spawn(self._ask_all(len(self._there)))

    def close(self) -> None:
        """The room is put away here."""
        self.publish(between.event({"type": BYE}))
        for timer in self._asked.values():
            timer.cancel()
        self._asked = {}
        for task in self._tasks:
            task.cancel()

    # -- hearing -----------------------------------------------------------------------------

    def hear(self, origin: str, message: between.Message) -> bool:
        """Do what another worker's message asks, if it is one between workers; returns whether it
        was. Raises ``CrdtError``."""
        match message:
            case Moved(peer_id, presence):
                self.moved(origin, peer_id, presence)
            case Ask(state_vector, state):
                self._take(origin, state)
                update = self._place.diff(state_vector)
                mine = between.answer(self._place.state_vector(), update, self._state())
                self.tell(origin, mine)
            case Answer(state_vector, update, state):
                self._place.merge(update)
                self._take(origin, state)
                self.tell(origin, between.rest(self._place.diff(state_vector)))
                self._note_answer(origin)
            case Rest(update):
                self._place.merge(update)
            case Told(peer_id, told):
                self._place.pass_on_here(peer_id, told)
            case Happened({"type": "worker.people", "people": people}):
                self._take_people(origin, people)
            case Happened({"type": "worker.here"}):
                self._heard(origin)
            case Happened({"type": "worker.bye"}):
                self._drop(origin, gone=False)
            case _:
                if origin in self._there:
                    self._there[origin].heard = self._clock()
                return False
        return True

    def ensure(self, origin: str, identity: dict[str, Any]) -> Peer:
        """Somebody connected at another worker, known from now on."""
        neighbour = self._heard(origin)
        peer = neighbour.peers.get(identity["id"])
        if peer is None:
            peer = between.peer_of(identity)
            neighbour.peers[peer.id] = peer
            self._by_peer[peer] = origin
            for presence in neighbour.early.pop(peer.id, ()):
                self.moved(origin, peer.id, presence)
            self._changed()
        return peer

    def _heard(self, origin: str) -> _Neighbour:
        neighbour = self._there.get(origin)
        if neighbour is None:
            neighbour = self._there[origin] = _Neighbour(self._clock())
            self._ask(origin)  # whatever it has said before was not heard
        neighbour.heard = self._clock()
        return neighbour

    def _state(self) -> dict[str, Any]:
        people = []
        for peer in self._place.here():
            entries = [list(each) for each in self._place.presence_of(peer)]
            people.append({**between.identity(peer), "presence": entries})
        shared = {name: each.told(self._room) for name, each in self._shared.items()}
        return {"people": people, "shared": shared}

    def _take(self, origin: str, state: dict[str, Any]) -> None:
        if origin not in self._there:  # it is being answered, or has answered: no need to ask
            self._there[origin] = _Neighbour(self._clock())
        self._take_people(origin, state["people"])
        for name, each in self._shared.items():
            each.heard(self._room, origin, state["shared"].get(name))

    def _take_people(self, origin: str, people: list[dict[str, Any]]) -> None:
        """Those who are connected there, all of them."""
        neighbour = self._heard(origin)
        now = {row["id"] for row in people}
        neighbour.early = {id_: each for id_, each in neighbour.early.items() if id_ in now}
        for peer in [each for id_, each in neighbour.peers.items() if id_ not in now]:
            self._forget(neighbour, peer)
        for row in people:
            peer = self.ensure(origin, row)
            if entries := row.get("presence"):
                self._place.moved(peer, [PresenceEntry(*each) for each in entries])
        self._changed()

    def moved(self, origin: str, peer_id: str, presence: bytes) -> None:
        """Somebody connected at another worker moved: a presence frame. Raises ``CrdtError``."""
        neighbour = self._heard(origin)
        peer = neighbour.peers.get(peer_id)
        if peer is None:
            early = neighbour.early.setdefault(peer_id, [])
            early.append(presence)
            del early[:-EARLY]
            return
        frame = frames.decode(presence)
        if isinstance(frame, Presence):
            owned = len(peer.clients)
            self._place.moved(peer, frame.entries, presence)
            if len(peer.clients) != owned:
                self._changed()

    def _forget(self, neighbour: _Neighbour, peer: Peer) -> None:
        del neighbour.peers[peer.id]
        del self._by_peer[peer]
        self._place.went(peer)

    def _drop(self, origin: str, *, gone: bool) -> None:
        neighbour = self._there.pop(origin, None)
        if neighbour is None:
            return
        for peer in list(neighbour.peers.values()):
            self._forget(neighbour, peer)
        for each in self._shared.values():
            each.lost(self._room, origin, gone=gone)
        self._changed()

    # -- asking ------------------------------------------------------------------------------

    def _ask(self, origin: str | None, tries: int = TRIES) -> None:
        message = between.ask(self._place.state_vector(), self._state())
        if origin is None:
            self._answered.clear()
            self._all_answered.clear()
            self._say(message)
        else:
            self.tell(origin, message)
        if (earlier := self._asked.pop(origin, None)) is not None:
            earlier.cancel()
        loop = asyncio.get_running_loop()
        self._asked[origin] = loop.call_later(RETRY_SECONDS, self._again, origin, tries - 1)

    def _again(self, origin: str | None, tries: int) -> None:
        self._asked.pop(origin, None)
        if tries > 0 and self._bus.trouble is None:
            self._ask(origin, tries)

    def _note_answer(self, origin: str) -> None:
        if (timer := self._asked.pop(origin, None)) is not None:
            timer.cancel()
        self._answered.add(origin)
        if len(self._answered) >= self._wanted:
            self._all_answered.set()
            if (timer := self._asked.pop(None, None)) is not None:
                timer.cancel()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_all(self, known: int) -> None:
        """Ask everybody, where there are more than that."""
        self._wanted = await self._bus.others(self._room)
        if self._wanted > max(0, known):
            self._ask(None)
