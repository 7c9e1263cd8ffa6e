"""The rules of one room: frames in, effects out.

A replica has no socket, clock or database. The room (``server.rooms.room``) carries out
what it returns, in order. Roles are enforced here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, auto
from typing import Final, NamedTuple, assert_never

from crdt import document, frames
from crdt.awareness import Awareness
from crdt.document import Document, SeedFile
from crdt.frames import (
    Event,
    Frame,
    PermissionDenied,
    Presence,
    PresenceEntry,
    QueryPresence,
    SyncStep1,
    SyncStep2,
    Update,
)
from crdt.vet import EMPTY_STATE_VECTOR, vet_state_vector, vet_update

KEEPALIVE: Final = frames.encode(Presence(()))
"""Presence of nobody: changes nothing, but stock clients want to hear something."""


class Role(StrEnum):
    """What somebody is in a session."""

    HOST = "host"
    PARTICIPANT = "participant"
    SPECTATOR = "spectator"

    @property
    def may_write(self) -> bool:
        return self is not Role.SPECTATOR


@dataclass(slots=True, eq=False)
class Peer:
    """One connection as the rules see it. Name and role come from its ticket."""

    id: str
    user_id: str
    name: str
    role: Role
    events: bool = False
    """Whether it speaks message type 100."""
    clients: set[int] = field(default_factory=set)
    """The presence ids it owns."""
    introduced: bool = False
    """Whether it has asked for the document (sync step 1)."""
    frames: int = 0
    """Document frames (step 2, update) received from it: what ``saved`` counts."""
    refused: bool = False
    """Whether an edit of it was refused for the room's sake: it must be asked again."""
    may_write: bool = field(init=False)

    def __post_init__(self) -> None:
        self.may_write = self.role.may_write


class Origin(IntEnum):
    """Where an update came from; ``CONSEQUENCES`` says what follows."""

    PEER = auto()
    BUS = auto()
    STORE = auto()
    SEED = auto()


class Consequence(NamedTuple):
    """What happens to an update: to local peers (never its sender), to the other workers,
    into the journal."""

    local: bool
    published: bool
    journalled: bool


CONSEQUENCES: Final = {
    Origin.PEER: Consequence(local=True, published=True, journalled=True),
    Origin.BUS: Consequence(local=True, published=False, journalled=True),
    Origin.STORE: Consequence(local=True, published=False, journalled=False),
    Origin.SEED: Consequence(local=True, published=True, journalled=True),
}
"""One table, so that an echo loop cannot be written."""


class Reply(NamedTuple):
    """Send ``message`` to ``peer`` alone."""

    peer: Peer
    message: bytes


class Spread(NamedTuple):
    """An update was applied: do with it what ``CONSEQUENCES`` says of ``origin``."""

    origin: Origin
    sender: Peer | None
    update: bytes
    message: bytes
    """The frame that carries the update, encoded once for everybody."""


class Announce(NamedTuple):
    """Presence changed: tell everybody but ``sender``, who may be told a little later and
    then only the newest entry of each client."""

    sender: Peer
    entries: list[PresenceEntry]
    message: bytes
    """The frame that carries them."""


class Heard(NamedTuple):
    """``peer`` sent a room event; what it means is not the replica's business."""

    peer: Peer
    event: Event


Effect = Reply | Spread | Announce | Heard

_new = tuple.__new__
"""Makes a NamedTuple in half the time of calling it."""


class Replica:
    """One room: its document, its presence, its peers."""

    __slots__ = ("_welcomed", "awareness", "document", "peers", "read_only")

    def __init__(self) -> None:
        self.document = Document()
        self.awareness = Awareness()
        self.peers: set[Peer] = set()
        self.read_only: str | None = None
        """Why nobody may write just now (storage is away and the buffer full), or None."""
        self._welcomed: tuple[bytes, bytes] | None = None

    # -- from the store, the seed, the bus ------------------------------------------------

    def load(self, updates: Iterable[bytes]) -> None:
        """Apply what the store had. Raises ``UpdateError`` or ``DocumentPoisoned``."""
        for update in updates:
            self.document.apply(update)

    def seed(self, files: Iterable[SeedFile], active: str) -> list[Effect]:
        """Fill the (new) document. Raises ``ValueError`` for files that cannot be."""
        update = document.seed(files, active)
        self.document.apply(update)
        return [_spread(Origin.SEED, None, update)]

    def from_bus(self, update: bytes, message: bytes | None = None) -> list[Effect]:
        """Apply what another worker sent; ``message``: the frame that carries it, which saves
        encoding it again. Raises ``UpdateError`` or ``DocumentPoisoned``."""
        self.document.apply(update)
        message = message or frames.encode(Update(update))
        return [_new(Spread, (Origin.BUS, None, update, message))]

    def merge(self, update: bytes) -> list[Effect]:
        """Apply the difference to another worker's document: only what is new in it spreads.
        Raises ``UpdateError`` or ``DocumentPoisoned``."""
        news = self.document.integrate(update)
        return [_spread(Origin.BUS, None, news)] if news else []

    def moved(
        self, peer: Peer, entries: Sequence[PresenceEntry], message: bytes | None = None
    ) -> list[Effect]:
        """Presence of somebody who is connected at another worker, which has vetted it;
        ``message`` as for ``receive``. Raises ``FrameError``."""
        return self._moved(peer, entries, message, vetted=True)

    def went(self, peer: Peer) -> list[Effect]:
        """They are there no more."""
        return _announce(peer, self.awareness.remove(peer))

    def catch_up(self, updates: Sequence[bytes]) -> tuple[list[Effect], bool]:
        """Apply what the store has by now and this replica may lack; say whether it has all of
        that now, or some waits for edits that are not there.

        Only what is new in it spreads. Raises ``UpdateError`` or ``DocumentPoisoned``.
        """
        parts = document.together(updates)
        news = [self.document.integrate(part) for part in parts]
        effects: list[Effect] = [_spread(Origin.STORE, None, each) for each in news if each]
        return effects, self.has(parts)

    def has(self, updates: Sequence[bytes]) -> bool:
        """Whether nothing in ``updates`` waits for edits that are not there."""
        return all(self.document.knows(each) for each in document.together(updates))

    # -- peers ---------------------------------------------------------------------------

    def join(self, peer: Peer) -> list[Effect]:
        """Let ``peer`` in: ask what it has, unless it may not write, and say who is here."""
        self.peers.add(peer)
        effects: list[Effect] = []
        if peer.may_write:
            effects.append(self._ask(peer))
        present = self.awareness.entries()
        if present:
            effects.append(Reply(peer, frames.encode(Presence(tuple(present)))))
        return effects

    def leave(self, peer: Peer) -> list[Effect]:
        """Let ``peer`` go and take its presence away. Doing it twice changes nothing."""
        if peer not in self.peers:
            return []
        self.peers.remove(peer)
        return _announce(peer, self.awareness.remove(peer))

    def tick(self) -> list[Effect]:
        """Every ``KEEPALIVE_SECONDS``: a sign of life for everybody."""
        return [Reply(peer, KEEPALIVE) for peer in self.peers]

    def set_read_only(self, reason: str | None) -> list[Effect]:
        """Stop taking edits for ``reason``, or take them again (None).

        Taking them again asks every peer whose edits were refused for what it has, so that
        nothing typed meanwhile is lost.
        """
        self.read_only = reason
        if reason is not None:
            return []
        return [self._ask(peer) for peer in self.peers if peer.refused]

    def receive(self, peer: Peer, frame: Frame, message: bytes | None = None) -> list[Effect]:
        """Decide what ``frame`` from ``peer`` does; ``message`` is what it was decoded from,
        and saves encoding it again.

        Raises ``FrameError``, ``UpdateError`` or ``DocumentFull``: close the peer with the
        error's code. Raises ``DocumentPoisoned``: the replica must be dropped.
        """
        # What every keystroke sends comes first, and without matching: that takes half as long.
        if isinstance(frame, Update):
            return self._apply(peer, frame, message)
        if isinstance(frame, Presence):
            return self._moved(peer, frame.entries, message, vetted=False)
        match frame:
            case SyncStep1(state_vector):
                return self._answer(peer, state_vector)
            case SyncStep2(update):
                return self._integrate(peer, update)
            case Event():
                return [Heard(peer, frame)] if peer.events else []
            case QueryPresence():
                return [Reply(peer, frames.encode(Presence(tuple(self.awareness.entries()))))]
            case PermissionDenied():
                return []
            case _:
                assert_never(frame)

    def _apply(self, peer: Peer, frame: Update, message: bytes | None) -> list[Effect]:
        if (refusal := self._refusal(peer)) is not None:
            return refusal
        update = frame.update
        vet_update(update)
        self.document.check_size()
        self.document.apply(update)
        return [_new(Spread, (Origin.PEER, peer, update, message or frames.encode(frame)))]

    def _moved(
        self, peer: Peer, entries: Sequence[PresenceEntry], message: bytes | None, *, vetted: bool
    ) -> list[Effect]:
        news = self.awareness.apply(peer, entries, vetted=vetted)
        if message is not None and len(news) == len(entries) > 0:
            return [_new(Announce, (peer, news, message))]
        return _announce(peer, news)

    def _answer(self, peer: Peer, state_vector: bytes) -> list[Effect]:
        peer.introduced = True
        if state_vector == EMPTY_STATE_VECTOR:
            return [Reply(peer, self._welcome())]
        vet_state_vector(state_vector)
        return [Reply(peer, frames.encode(SyncStep2(self.document.diff(state_vector))))]

    def _welcome(self) -> bytes:
        """The whole document for somebody who has nothing of it: encoded once for everybody
        who comes before the next edit, as after a restart."""
        state = self.document.state()
        if self._welcomed is None or self._welcomed[0] is not state:
            self._welcomed = (state, frames.encode(SyncStep2(state)))
        return self._welcomed[1]

    def _refusal(self, peer: Peer) -> list[Effect] | None:
        """What to answer to an edit that ``peer`` may not make now; None if it may."""
        peer.frames += 1
        if not peer.may_write:
            return [_deny(peer, "spectators cannot edit")]
        if self.read_only is not None:
            peer.refused = True
            return [_deny(peer, self.read_only)]
        if peer.refused:
            return []  # it builds on what was refused; the step 2 it was asked for has it all
        return None

    def _integrate(self, peer: Peer, update: bytes) -> list[Effect]:
        """Take the answer to a step 1: it has everything that was refused before."""
        peer.refused = False
        if (refusal := self._refusal(peer)) is not None:
            return refusal
        vet_update(update)
        if not self.document.knows(update):  # whoever has nothing to add may come and read
            self.document.check_size()
        news = self.document.integrate(update)
        return [_spread(Origin.PEER, peer, news)] if news else []

    def _ask(self, peer: Peer) -> Effect:
        return Reply(peer, frames.encode(SyncStep1(self.document.state_vector())))


def _spread(origin: Origin, sender: Peer | None, update: bytes) -> Spread:
    return Spread(origin, sender, update, frames.encode(Update(update)))


def _announce(sender: Peer, entries: list[PresenceEntry]) -> list[Effect]:
    if not entries:
        return []
    return [Announce(sender, entries, frames.encode(Presence(tuple(entries))))]


def _deny(peer: Peer, reason: str) -> Effect:
    return Reply(peer, frames.encode(PermissionDenied(reason)))
