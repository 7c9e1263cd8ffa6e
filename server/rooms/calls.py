"""What clients ask of the call in their room: read, refused or done.

Signals (what browsers tell each other to connect) are passed on as they are meant, field by
field: nothing a browser would stumble over gets through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, Literal

import msgspec
import structlog
from msgspec import UNSET, Meta, UnsetType

from crdt import frames
from crdt.replica import Peer, Role
from server.errors import StorageUnavailable
from server.rooms.call import EVENT_COST, Devices, Member
from server.rooms.happenings import LET
from server.rooms.hub import Hub
from server.rooms.recording import Refused
from server.rooms.room import Room
from server.store.members import Members

log = structlog.stdlib.get_logger(__name__)

Key = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{20,64}\Z")]
"""A page's name in the call, made by it at random."""


class _Ask(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all events; what else stands in one is passed over."""


class _Join(_Ask, frozen=True, tag="call.join"):
    key: Key
    mic: bool
    camera: bool
    screen: bool = False
    agree: bool = False


class _State(_Ask, frozen=True, tag="call.state"):
    mic: bool
    camera: bool
    screen: bool


class _Leave(_Ask, frozen=True, tag="call.leave"):
    pass


class _Mute(_Ask, frozen=True, tag="call.mute"):
    key: Key


class _Let(_Ask, frozen=True, tag="call.let"):
    user: Annotated[str, Meta(max_length=64)]
    speaks: bool


class _AskRecording(_Ask, frozen=True, tag="recording.ask"):
    pass


class _Answer(_Ask, frozen=True, tag="recording.answer"):
    agree: bool


class _StopRecording(_Ask, frozen=True, tag="recording.stop"):
    pass


class _Description(msgspec.Struct, frozen=True):
    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: str = ""


class _Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    candidate: str
    sdp_mid: str | None = msgspec.field(name="sdpMid", default=None)
    sdp_line: Annotated[int, Meta(ge=0, le=65535)] | None = msgspec.field(
        name="sdpMLineIndex", default=None
    )
    fragment: str | None = msgspec.field(name="usernameFragment", default=None)


_Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class _Data(msgspec.Struct, frozen=True):
    """Exactly one of the first three; a candidate of None is the end of candidates. Pages number
    their connections, and the offers on each, so that what comes late is recognised."""

    description: _Description | UnsetType = UNSET
    candidate: _Candidate | UnsetType | None = UNSET
    restart: bool | UnsetType = UNSET
    link: _Number | UnsetType = UNSET
    offer: _Number | UnsetType = UNSET
    answers: _Number | UnsetType = UNSET

    def __post_init__(self) -> None:
        given = (self.description, self.candidate, self.restart)
        if sum(each is not UNSET for each in given) != 1 or self.restart is False:
            raise ValueError("one of description, candidate, restart: true")


class _Signal(_Ask, frozen=True, tag="signal"):
    to: Key
    data: _Data


_EVENTS: Final = (
    _Join | _State | _Leave | _Mute | _Let | _AskRecording | _Answer | _StopRecording | _Signal
)
_NO_CALLS: Final = "There are no calls here."


class CallDesk:
    """The calls of all rooms of this worker. ``on`` False: there are none here."""

    def __init__(self, hub: Hub, members: Members, *, on: bool = True) -> None:
        self.on_let: Callable[[str], None] = lambda _: None
        """Hears of sessions in which the host let somebody take part, or no more."""
        self._hub = hub
        self._members = members
        self._on = on
        self._in_order = asyncio.Lock()
        """What the host says of people is stored in the order it was said."""
        self._tasks: set[asyncio.Task[None]] = set()

    def on_event(self, room: Room, peer: Peer, payload: dict[str, Any]) -> None:
        """Do what an event of the families ``call``, ``signal`` and ``recording`` asks, or tell
        ``peer`` why not."""
        try:
            if not self._on or room.closed:
                raise Refused("not_allowed", _NO_CALLS)
            event = _read(payload)
            if not room.keeping.passes_on(peer, payload):
                self._do(room, peer, event)
        except Refused as refusal:
            _tell(room, peer, refusal)

    async def close(self) -> None:
        """Wait until everything that was asked is stored."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, room: Room, peer: Peer, event: Any) -> None:
        call = room.call
        if isinstance(event, _Signal):
            self._pass_on(room, peer, event)
            return
        _refuse_haste(room, peer, EVENT_COST)
        match event:
            case _Join():
                devices = Devices(event.mic, event.camera, event.screen)
                member = call.join(peer, event.key, devices, agree=event.agree)
                if member.muted_by is not None:
                    _tell_muted(room, member)
            case _State():
                call.set(peer, Devices(event.mic, event.camera, event.screen))
            case _Leave():
                call.leave(peer)
            case _Answer():
                call.recording.answer(peer, agree=event.agree)
            case _:
                if peer.role is not Role.HOST:
                    raise Refused("not_allowed", "Only the host can do this.")
                self._do_as_host(room, peer, event)

    def _do_as_host(self, room: Room, peer: Peer, event: Any) -> None:
        call = room.call
        match event:
            case _Mute(key):
                _tell_muted(room, call.mute(key, peer))
            case _Let(user, speaks):
                if speaks:
                    call.refuse_one_more(user)
                self._spawn(self._let(room, peer, user, speaks=speaks))
            case _AskRecording():
                call.ask(peer)
            case _StopRecording():
                call.recording.stop()

    def _pass_on(self, room: Room, peer: Peer, event: _Signal) -> None:
        sender = room.call.member_of(peer)
        receiver = room.call.member(event.to)
        data = msgspec.to_builtins(event.data)
        try:
            message = frames.event({"type": "signal", "from": sender.key, "data": data})
        except UnicodeEncodeError as error:
            raise Refused("bad_event", "Half a character cannot be passed on.") from error
        _refuse_haste(room, peer, len(message))
        room.pass_on(receiver.peer, message)

    async def _let(self, room: Room, host: Peer, user: str, *, speaks: bool) -> None:
        """Stored first, so that it holds after a restart; then the room is told."""
        async with self._in_order:
            try:
                found = await self._members.let(room.session_id, user, speaks=speaks)
            except StorageUnavailable as error:
                _tell(room, host, Refused(error.code, "That could not be stored; try again."))
                return
        if not found:
            _tell(room, host, Refused("no_such_member", "They do not watch this session."))
            return
        self._hub.notify(room.session_id, {"type": LET, "user": user, "speaks": speaks})
        self.on_let(room.session_id)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(_report(self._tasks.discard))


def _read(payload: dict[str, Any]) -> Any:
    """The event as a struct. Raises ``Refused``."""
    try:
        return msgspec.convert(payload, _EVENTS)
    except msgspec.ValidationError as error:
        raise Refused("bad_event", f"{payload['type']!r:.60} cannot be: {error}.") from error


def _refuse_haste(room: Room, peer: Peer, cost: int) -> None:
    if not room.call.paced(peer, cost):
        raise Refused("call_too_fast", "Too much at a time; wait a moment.")


def _tell_muted(room: Room, member: Member) -> None:
    room.tell(member.peer, {"type": "call.muted", "key": member.key, "by": member.muted_by})


def _tell(room: Room, peer: Peer, refusal: Refused) -> None:
    room.tell(peer, {"type": "error", "code": refusal.code, "message": refusal.message})


def _report(forget: Callable[[asyncio.Task[None]], None]) -> Callable[[asyncio.Task[None]], None]:
    def done(task: asyncio.Task[None]) -> None:
        forget(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("letting somebody take part failed", error=repr(error))

    return done
