"""What people in a room say: taken from one, numbered and stored, told to all who may hear it.

Messages of a session are stored one after the other in the order they came, so that whoever sends
two does not see them change places.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
import structlog

from crdt.replica import Peer, Role
from server.errors import StorageUnavailable
from server.rooms.channels import AUDIENCES, Audience, channels_of
from server.rooms.happenings import READ, SAID
from server.rooms.hub import Hub
from server.rooms.record import now
from server.rooms.room import Room
from server.store.chat import Chat, Message, Page, ReadMark

log = structlog.stdlib.get_logger(__name__)

TEXT_CHARACTERS: Final = 4_000
"""Most that one message has, in Unicode code points."""

KEY: Final = re.compile(r"[0-9A-Za-z_-]{20,64}")

NEWEST: Final = 50
"""Messages of a channel that somebody is told of who comes; a page at a time has what is older."""

HELLO_BYTES: Final = 128 * 1024
"""Bytes of JSON that those of one channel may take in a ``hello``: fifty of what people type are a
tenth of it."""

BURST: Final = 20
PER_SECOND: Final = 1.0
"""Messages of one person: so many at once, and so many a second in the long run."""

NUMBERS: Final = 2**53
"""What a page can count to."""

READ_SECONDS: Final = 0.5
"""How long marks of what was read are gathered before they are stored together."""

BUCKETS: Final = 1_000
"""So many people's rates are kept before those who have been quiet are forgotten."""

DOUBTFUL: Final = 1_000
"""Messages kept in mind of which it is not known whether they were stored."""


class Arrival(NamedTuple):
    """What there is to tell those who come, of every channel."""

    pages: Mapping[str, Page]
    read: Mapping[ReadMark, int]

    def behind(self, audience: Audience) -> bool:
        """Whether people in the room have been told of something newer."""
        return any(_last(self.pages[name]) < number for name, number in audience.told.items())


class _Letter(NamedTuple):
    """A message that is to be stored."""

    room: Room
    peer: Peer
    message: Message

    @property
    def sender(self) -> tuple[str, str, str]:
        return self.room.session_id, self.peer.user_id, self.message["key"]


class _Bucket:
    """How many messages somebody may send right now."""

    __slots__ = ("at", "tokens")

    def __init__(self, at: float) -> None:
        self.at = at
        self.tokens = float(BURST)

    def take(self, at: float) -> bool:
        self.tokens = min(BURST, self.tokens + (at - self.at) * PER_SECOND)
        self.at = at
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def full(self, at: float) -> bool:
        return self.tokens + (at - self.at) * PER_SECOND >= BURST


class ChatDesk:
    """The chat of all rooms of this worker. ``clock``: seconds, by which people are paced."""

    def __init__(self, hub: Hub, chat: Chat, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._chat = chat
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        """By person."""
        self._letters: dict[str, deque[_Letter]] = {}
        """What is to be stored, by session, for as long as there is something."""
        self._doubtful: dict[tuple[str, str, str], None] = {}
        """By session, author and key: the database was lost while they were stored."""
        self._marks: dict[ReadMark, int] = {}
        """What was read but is not stored as such yet."""
        self._marking: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- those who come ----------------------------------------------------------------------

    async def arrival(self, session_id: str) -> Arrival:
        """What somebody who comes now has missed. Raises StorageUnavailable."""
        pages = {name: await self._chat.page(session_id, name, NEWEST) for name in AUDIENCES}
        said = any(page.messages for page in pages.values())
        return Arrival(pages, await self._chat.read_marks(session_id) if said else {})

    def admit(
        self, room: Room, peer: Peer, arrival: Arrival, participant: str | None
    ) -> dict[str, Any]:
        """Let somebody hear and speak from now on, as what they are; returns what ``hello`` says
        of the chat. ``participant``: who that is, as the store had it with the ``arrival``."""
        candidate = peer.user_id in (participant, room.chat.candidate)
        channels = channels_of(Role.PARTICIPANT if candidate else peer.role)
        room.chat.let(peer, channels)
        told = []
        for name in channels:
            mark = ReadMark(room.session_id, peer.user_id, name)
            page = _fitting(arrival.pages[name])
            told.append(
                {
                    "name": name,
                    "messages": page.messages,
                    "more": page.more,
                    "read": max(arrival.read.get(mark, 0), self._marks.get(mark, 0)),
                    "last": _last(page),
                }
            )
        return {"channels": told}

    async def page(
        self, session_id: str, channel: str, limit: int, before: int | None = None
    ) -> Page:
        """The newest ``limit`` messages of a channel, or the newest before that number, oldest
        first. Raises StorageUnavailable."""
        return await self._chat.page(session_id, channel, limit, before)

    # -- those who speak -----------------------------------------------------------------------

    def on_event(self, room: Room, peer: Peer, payload: dict[str, Any]) -> None:
        """Do what a client's ``chat.send`` or ``chat.read`` asks, or refuse it."""
        key = payload.get("key")
        wrong = self._wrong(room, peer, payload)
        if wrong is not None:
            named = {"key": key} if isinstance(key, str) and KEY.fullmatch(key) else {}
            room.tell(peer, {"type": "error", "code": wrong[0], "message": wrong[1], **named})
        elif payload["type"] == "chat.read":
            self._note_read(room, peer, payload["channel"], payload["number"])
        else:
            self._send(room, peer, payload["channel"], _sound(payload["text"]), payload["key"])

    async def close(self) -> None:
        """Wait until everything that was sent, and what was read, is stored."""
        self._closing.set()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _wrong(self, room: Room, peer: Peer, payload: dict[str, Any]) -> tuple[str, str] | None:
        """A code and words for what cannot be done; None: it can."""
        kind, channel = payload["type"], payload.get("channel")
        if kind not in ("chat.send", "chat.read"):
            return "unknown_event", f"There is no event {kind!r:.60}."
        if room.closed or not isinstance(channel, str) or not room.chat.may(peer, channel):
            return "not_allowed", "You cannot write in this channel."
        if kind == "chat.read":
            number = payload.get("number")
            countable = type(number) is int and 0 <= number < NUMBERS
            return None if countable else ("invalid_body", "number: that of a message")
        return self._wrong_message(peer, payload)

    def _wrong_message(self, peer: Peer, payload: dict[str, Any]) -> tuple[str, str] | None:
        key, text = payload.get("key"), payload.get("text")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            return "invalid_body", "key: 20 to 64 of 0-9 A-Z a-z _ -"
        if not isinstance(text, str) or not text.strip():
            return "chat_empty", "Write something first."
        if len(text) > TEXT_CHARACTERS:
            too_long = (
                f"This message has {len(text):,} characters; {TEXT_CHARACTERS:,} is the most."
            )
            return "chat_too_long", too_long
        if not self._paced(peer.user_id):
            return "chat_too_fast", "Too many messages in a short time; wait a moment."
        return None

    def _paced(self, user_id: str) -> bool:
        at = self._clock()
        bucket = self._buckets.get(user_id)
        if bucket is None:
            if len(self._buckets) >= BUCKETS:
                kept = self._buckets.items()
                self._buckets = {user: each for user, each in kept if not each.full(at)}
            bucket = self._buckets[user_id] = _Bucket(at)
        return bucket.take(at)

    def _send(self, room: Room, peer: Peer, channel: str, text: str, key: str) -> None:
        author = {"_id": peer.user_id, "name": peer.name, "role": peer.role.value}
        message = {"channel": channel, "author": author, "text": text, "key": key}
        letter = _Letter(room, peer, {**message, "createdAt": now()})
        waiting = self._letters.get(room.session_id)
        if waiting is None:
            waiting = self._letters[room.session_id] = deque([letter])
            self._spawn(self._store(room.session_id, waiting))
        else:
            waiting.append(letter)

    async def _store(self, session_id: str, letters: deque[_Letter]) -> None:
        try:
            while letters:
                await self._deliver(letters[0])
                letters.popleft()
        except StorageUnavailable as error:
            for letter in letters:  # those behind it would take its place
                _refuse(letter, error.code, "The message could not be stored; send it again.")
        except Exception:
            log.exception("message not stored", session=session_id)
            for letter in letters:
                _refuse(letter, "internal", "Something went wrong on our side.")
        finally:
            del self._letters[session_id]

    async def _deliver(self, letter: _Letter) -> None:
        session_id = letter.room.session_id
        try:
            message, new = await self._chat.add(session_id, letter.message)
        except StorageUnavailable:
            self._doubtful[letter.sender] = None
            while len(self._doubtful) > DOUBTFUL:
                del self._doubtful[next(iter(self._doubtful))]
            raise
        doubtful = letter.sender in self._doubtful
        self._doubtful.pop(letter.sender, None)
        event = {"type": SAID, "message": message}
        self._hub.pulse.said += new
        if new or doubtful:  # it may have been stored without anybody being told
            self._hub.notify(session_id, event)
        elif letter.room.chat.may(letter.peer, message["channel"]):
            letter.room.tell(letter.peer, event)

    # -- those who read ------------------------------------------------------------------------

    def _note_read(self, room: Room, peer: Peer, channel: str, number: int) -> None:
        """Keep how far somebody has read, and tell their other pages."""
        mark = ReadMark(room.session_id, peer.user_id, channel)
        self._marks[mark] = max(number, self._marks.get(mark, 0))
        told = {"user": peer.user_id, "channel": channel, "number": number, "by": peer.id}
        self._hub.notify(room.session_id, {"type": READ, **told})
        if self._marking is None:
            self._marking = self._spawn(self._store_marks())

    async def _store_marks(self) -> None:
        try:
            while self._marks:
                with suppress(TimeoutError):
                    async with asyncio.timeout(READ_SECONDS):
                        await self._closing.wait()
                marks = dict(self._marks)
                await self._chat.mark_read(marks)
                for mark, number in marks.items():
                    if self._marks[mark] == number:
                        del self._marks[mark]
        except StorageUnavailable:
            log.warning("what was read is not stored; people will see it as new again")
            self._marks.clear()
        finally:
            self._marking = None

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("chat failed", error=repr(error))


def _refuse(letter: _Letter, code: str, message: str) -> None:
    refusal = {"type": "error", "code": code, "message": message, "key": letter.message["key"]}
    letter.room.tell(letter.peer, refusal)


def _sound(text: str) -> str:
    """``text`` without halves of surrogate pairs, which JSON can write and nothing can store."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _fitting(page: Page) -> Page:
    """The newest messages of a page that fit into a ``hello``."""
    left = HELLO_BYTES
    for count, message in enumerate(reversed(page.messages)):
        left -= len(msgspec.json.encode(message))
        if left < 0:
            return Page(page.messages[len(page.messages) - count :], more=True)
    return page


def _last(page: Page) -> int:
    number: int = page.messages[-1]["number"] if page.messages else 0
    return number
