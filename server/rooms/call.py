"""The call of one room: who is in it, with which devices on, and who may be heard and seen.

Sound and picture go from browser to browser (or through Stream); what is here is what the roster
says of them, and pages play and show nothing that it does not. One page of somebody is one
member, known by a key the page has made, so that it is the same after its connection was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from crdt.replica import Peer
from server.rooms.recording import Recording, Refused

SENDERS: Final = 8
"""Pages in one call that send: each sends to every other, which more do not bear."""

WATCHERS: Final = 20
"""Pages in one call that only watch: those who send send to each of them, too."""

LINGER_SECONDS: Final = 20.0
"""How long a page whose connection was lost still counts where consent is asked for: others go on
playing it for 15 s, until it has come back."""

BURST_BYTES: Final = 2 * 1024 * 1024
BYTES_PER_SECOND: Final = 128 * 1024
"""What one connection may have passed on: joining a full call takes half a megabyte."""

EVENT_COST: Final = 16 * 1024
"""What anything that changes the roster counts for: everybody is sent all of it."""


class Devices(NamedTuple):
    """What somebody has on."""

    mic: bool = False
    camera: bool = False
    screen: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """One page in the call."""

    key: str
    peer: Peer
    devices: Devices
    """As the page says; ``Call.shown`` has what of it others may play and show."""
    muted_by: dict[str, str] | None = None
    """Who muted it, until the page has said what it has on since."""


class Call:
    """Members are those whose connection is there; those it was lost of still count as asked.

    ``speakers``: ids of spectators whom the host let take part. ``tell`` sends an event to
    everybody in the room, ``changed`` is called when the roster says something else, ``recorded``
    with each new state of the consent.
    """

    def __init__(
        self,
        speakers: Iterable[str],
        *,
        tell: Callable[[dict[str, Any]], None],
        changed: Callable[[], None],
        recorded: Callable[[dict[str, Any]], None],
    ) -> None:
        self.recording = Recording(tell, self._on_recording)
        self._recorded = recorded
        self._speakers = set(speakers)
        self._changed = changed
        self._members: dict[Peer, Member] = {}
        self._lost: dict[str, tuple[Member, asyncio.TimerHandle]] = {}
        """By key: whose connection was lost a short while ago."""
        self._buckets: dict[Peer, _Bucket] = {}

    # -- what the room asks ----------------------------------------------------------------

    @property
    def pages(self) -> int:
        """Pages in the call."""
        return len(self._members)

    def speaks(self, peer: Peer) -> bool:
        """Whether somebody may be heard and seen."""
        return peer.may_write or peer.user_id in self._speakers

    def rows(self, peer: Peer) -> list[dict[str, Any]]:
        """What the roster says of one connection: a row, or none if it is not in the call."""
        member = self._members.get(peer)
        return [{"key": member.key, **self.shown(member)._asdict()}] if member is not None else []

    def shown(self, member: Member) -> Devices:
        """What others may play and show: nothing of who takes no part, or has yet to agree to a
        recording that is on."""
        sends = self.speaks(member.peer) and self.recording.may_send(member.peer.user_id)
        return member.devices if sends else Devices()

    def paced(self, peer: Peer, cost: int = EVENT_COST) -> bool:
        """Whether one more event, of that many bytes, is within the rate (a token bucket)."""
        bucket = self._buckets.get(peer)
        if bucket is None:
            bucket = self._buckets[peer] = _Bucket(asyncio.get_running_loop().time)
        return bucket.take(cost)

    def lose(self, peer: Peer) -> None:
        """The connection is gone. Doing it twice changes nothing."""
        self._buckets.pop(peer, None)
        member = self._members.pop(peer, None)
        if member is None:
            return
        timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._expire, member.key)
        self._lost[member.key] = member, timer
        self._changed()

    def let(self, user_id: str, *, speaks: bool) -> None:
        """A spectator may be heard and seen from now on, or no more. Doing it again changes
        nothing."""
        if speaks is (user_id in self._speakers):
            return
        if speaks:
            self._speakers.add(user_id)
        else:
            self._speakers.discard(user_id)
        for member in self._all():
            if member.peer.user_id != user_id or member.peer.may_write:
                continue
            if speaks:
                self.recording.came(user_id, member.peer.name, agree=False)
            else:
                member.devices = Devices()
        if not speaks:
            self._unless_there(user_id)
        self._changed()

    def give_up(self) -> None:
        """Another worker keeps the call, and tells everybody of it: forget it here."""
        for _, timer in self._lost.values():
            timer.cancel()
        self._members, self._lost = {}, {}
        self.recording.forget()

    def clear(self) -> None:
        """Everybody is being sent away: nothing is recorded any more, nobody waited for."""
        self.recording.stop()
        for _, timer in self._lost.values():
            timer.cancel()
        self._lost = {}

    # -- what people ask -------------------------------------------------------------------

    def join(self, peer: Peer, key: str, devices: Devices, *, agree: bool = False) -> Member:
        """Come into the call, or come back, as ``key``. Whoever takes no part only watches.

        A newer connection of the same person takes the key over. ``agree``: to being recorded.
        Raises ``Refused``.
        """
        speaks = self.speaks(peer)
        holder = self._holder(key)
        if holder is not None and holder.peer.user_id != peer.user_id:
            raise Refused("not_allowed", "This key is in use by somebody else; make another.")
        if speaks and not agree and not self.recording.may_send(peer.user_id):
            raise Refused(
                "recording_consent", "The call is being recorded: who joins must agree to it."
            )
        self._refuse_crowd(speaks, [peer, *([holder.peer] if holder else [])])
        mine = self._members.get(peer)
        member = Member(key, peer, devices if speaks else Devices())
        if holder is not None:
            self._keep_muted(holder, member)
            self._drop(holder)
        self._members[peer] = member
        if speaks:
            self.recording.came(peer.user_id, peer.name, agree=agree)
        if mine is not None and mine.key != key:
            self._gone(mine)
        self._changed()
        return member

    def set(self, peer: Peer, devices: Devices) -> None:
        """Say what is on. Raises ``Refused``."""
        member = self.member_of(peer)
        if any(devices) and not self.speaks(peer):
            raise Refused("not_allowed", "The host has to let you take part first.")
        member.muted_by = None
        if member.devices != devices:
            member.devices = devices
            self._changed()

    def leave(self, peer: Peer) -> None:
        """Leave the call, not the room. Doing it twice changes nothing."""
        member = self._members.pop(peer, None)
        if member is not None:
            self._gone(member)
            self._changed()

    def mute(self, key: str, by: Peer) -> Member:
        """Say that somebody's microphone is off, so that no page plays it; returns who has to be
        told. Raises ``Refused``."""
        member = self.member(key)
        member.muted_by = {"_id": by.user_id, "name": by.name}
        member.devices = member.devices._replace(mic=False)
        self._changed()
        return member

    def ask(self, peer: Peer) -> None:
        """The host's page wants to record. Raises ``Refused``."""
        key = self.member_of(peer).key
        speaking = [each.peer for each in self._all() if self.speaks(each.peer)]
        self.recording.ask(peer, key, {each.user_id: each.name for each in speaking})

    def member(self, key: str) -> Member:
        """Who has this key. Raises ``Refused`` when nobody is in the call with it."""
        for member in self._members.values():
            if member.key == key:
                return member
        raise Refused("no_such_member", "They are not in the call (any more).")

    def member_of(self, peer: Peer) -> Member:
        """The page of this connection. Raises ``Refused`` when it is not in the call."""
        member = self._members.get(peer)
        if member is None:
            raise Refused("not_allowed", "Join the call first.")
        return member

    def refuse_one_more(self, user_id: str) -> None:
        """Raises ``Refused`` when somebody who watches cannot take part, with all their pages."""
        if user_id in self._speakers:
            return
        theirs = [peer for peer in self._members if peer.user_id == user_id]
        self._refuse_crowd(speaks=True, but=theirs, pages=len(theirs))

    def _on_recording(self, state: dict[str, Any]) -> None:
        self._recorded(state)
        self._changed()  # who has agreed may be seen now

    # -- coming and going ------------------------------------------------------------------

    def _all(self) -> list[Member]:
        return [*self._members.values(), *(member for member, _ in self._lost.values())]

    def _holder(self, key: str) -> Member | None:
        return next((each for each in self._all() if each.key == key), None)

    def _refuse_crowd(self, speaks: bool, but: Iterable[Peer], pages: int = 1) -> None:
        """Raises ``Refused`` when so many more pages, beside those of ``but``, are too many."""
        others = [each for each in self._members if each not in set(but)]
        count = sum(self.speaks(each) is speaks for each in others)
        if pages and count + pages > (SENDERS if speaks else WATCHERS):
            what = f"{SENDERS} take part in" if speaks else f"{WATCHERS} watch"
            raise Refused("call_full", f"{what} this call already, which is the most there can be.")

    def _keep_muted(self, before: Member, after: Member) -> None:
        """Who was muted while the connection was lost, or being lost, has not heard of it."""
        if before.muted_by is not None:
            after.muted_by = before.muted_by
            after.devices = after.devices._replace(mic=False)

    def _drop(self, member: Member) -> None:
        """Make place for another with the same key."""
        self._members.pop(member.peer, None)
        if member.key in self._lost:
            self._lost.pop(member.key)[1].cancel()

    def _expire(self, key: str) -> None:
        self._gone(self._lost.pop(key)[0])

    def _gone(self, member: Member) -> None:
        """It was taken out of the members, and will not come back."""
        self.recording.page_went(member.key)
        self._unless_there(member.peer.user_id)

    def _unless_there(self, user_id: str) -> None:
        """Nobody has to ask somebody for consent who takes part with no page any more."""
        peers = (each.peer for each in self._all())
        if not any(each.user_id == user_id and self.speaks(each) for each in peers):
            self.recording.went(user_id)


class _Bucket:
    """Bytes that may still be passed on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(BURST_BYTES)
        self._at = clock()

    def take(self, cost: int) -> bool:
        at = self._clock()
        self._left = min(BURST_BYTES, self._left + (at - self._at) * BYTES_PER_SECOND)
        self._at = at
        if self._left < cost:
            return False
        self._left -= cost
        return True
