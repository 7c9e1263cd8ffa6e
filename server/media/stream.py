"""Video and chat at Stream (getstream.io), by its own packages: getstream and stream-chat.

They take a second to import, so this module is imported only where Stream is configured. Users
are the same for both products, so they are made once, by the chat's API.
"""

from __future__ import annotations

import logging
import re
import time
import warnings
import zlib
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import aiohttp
from getstream import AsyncStream, RetryConfig
from getstream.exceptions import StreamApiException, StreamException
from getstream.models import CallRequest, MemberRequest
from stream_chat.async_chat import StreamChatAsync
from stream_chat.async_chat.channel import Channel
from stream_chat.base.client import StreamChatInterface
from stream_chat.base.exceptions import StreamAPIException as ChatException
from stream_chat.webhook import verify_signature

from server.media.base import Door, Kind, Media, MediaUnavailable, Person, Recording

CALL_TYPE: Final = "default"
CHANNEL_TYPE: Final = "messaging"
RECORDING: Final = "composite"
"""One file with everybody in it."""

SPEAKING: Final = ["send-audio", "send-video", "screenshare"]
"""What spectators may not."""

TIMEOUT_SECONDS: Final = 10.0

READ_AGAIN: Final = RetryConfig(enabled=True, max_attempts=2, max_backoff=0.0)
"""What only reads is asked once more, at once: it may have met a connection that was idle and just
being closed. The chat's client does the same by itself."""

AT_A_TIME: Final = 100
"""Users or members that Stream takes in one request."""

EVENT_BYTES: Final = 4 * 1024 * 1024
"""Of a webhook that came compressed: far above the longest, and no bomb."""

VIDEO_HOST: Final = "https://video.stream-io-api.com"
CHAT_HOST: Final = "https://chat.stream-io-api.com"

T = TypeVar("T")

# its models leave a warning for every field that a newer or older API does not send
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"dataclasses_json\..*")
# failures are logged here, by whoever asked, with what they were about
logging.getLogger("getstream").setLevel(logging.CRITICAL)


class _Chat(StreamChatAsync):
    """The same over a session that goes through a proxy where the environment names one."""

    def __init__(self, key: str, secret: str, url: str, timeout: float) -> None:
        StreamChatInterface.__init__(self, key, secret, timeout, base_url=url)
        limit = aiohttp.ClientTimeout(total=timeout)
        self.timeout = limit  # type: ignore[assignment] # what its requests take in fact
        self.session = aiohttp.ClientSession(url, timeout=limit, trust_env=True)


class StreamMedia(Media):
    """Implements ``server.media.base.Media``; `timeout`: how many seconds an answer may take.

    To be made where an event loop runs.
    """

    def __init__(
        self,
        key: str,
        secret: str,
        video_url: str,
        chat_url: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._secret = secret
        # every knob is given, lest variables of the environment turn it
        self._video = AsyncStream(
            api_key=key,
            api_secret=secret,
            base_url=video_url,
            request_timeout=timeout,
            connect_timeout=timeout,
            max_conns_per_host=20,
            idle_timeout=55.0,
            retry=READ_AGAIN,
        )
        self._chat = _Chat(key, secret, chat_url, timeout)
        self._door = Door(
            api_key=key,
            call_type=CALL_TYPE,
            channel_type=CHANNEL_TYPE,
            video_url=video_url,
            chat_url=chat_url,
            hint_url=None if video_url == VIDEO_HOST else f"{video_url}/",
        )

    @property
    def kind(self) -> Kind:
        return "stream"

    @property
    def door(self) -> Door | None:
        return self._door

    async def check(self) -> None:
        """Reads settings of both products, which only the right key and secret may."""
        await _done(self._chat.get_app_settings(), "read the chat's settings")
        await _done(self._video.video.get_call_type(CALL_TYPE), "read the type of call")

    # -- people ------------------------------------------------------------------------------

    async def prepare(self, call_id: str, title: str, people: Sequence[Person]) -> None:
        """Of more than a hundred people those behind are added after it was made."""
        host = people[0].id
        await self._upsert(people)
        first, *others = _portions(people)
        call = self._call(call_id)
        data = CallRequest(
            created_by_id=host,
            members=[_member(each) for each in first],
            custom={"title": title},
        )
        await _done(call.get_or_create(data=data), "create the call")
        channel = self._channel(call_id, {"name": title, "members": [each.id for each in first]})
        await _done(channel.create(host), "create the channel")
        # both may have been there, with fewer people in them, from a try that stopped half-way
        for some in (first, *others):
            members = [_member(each) for each in some]
            await _done(call.update_call_members(update_members=members), "add to the call")
            await _done(channel.add_members(_listed(some)), "add to the channel")
        for each in people:
            if not each.speaks:
                await self._let(call_id, each)

    async def add(self, call_id: str, person: Person) -> None:
        await self._upsert([person])
        call = self._call(call_id)
        await _done(call.unblock_user(person.id), "let into the call again")
        await _done(call.update_call_members(update_members=[_member(person)]), "add to the call")
        await _done(self._channel(call_id).add_members(_listed([person])), "add to the channel")
        await self._let(call_id, person)

    async def remove_person(self, call_id: str, user_id: str) -> None:
        """Blocked, for whoever knows a call's id can join one of the default type."""
        call = self._call(call_id)
        with suppress(_Gone):
            await _done(call.block_user(user_id), "put out of the call")
            await _done(call.update_call_members(remove_members=[user_id]), "remove from the call")
        with suppress(_Gone):
            channel = self._channel(call_id)
            await _done(channel.remove_members([user_id]), "remove from the channel")

    async def mute(self, call_id: str, user_id: str, by: str) -> None:
        muting = self._call(call_id).mute_users(audio=True, user_ids=[user_id], muted_by_id=by)
        await _done(muting, "mute")

    def token(self, user_id: str, seconds: int) -> str:
        """A user's token for both products."""
        moment = int(time.time())
        # said to be a little older, for clocks that are behind
        return self._chat.create_token(user_id, exp=moment + seconds, iat=moment - 5)

    async def _upsert(self, people: Sequence[Person]) -> None:
        for some in _portions(people):
            users = [
                {"id": each.id, "name": each.name, **({"image": each.image} if each.image else {})}
                for each in some
            ]
            await _done(self._chat.upsert_users(users), "make users")

    async def _let(self, call_id: str, person: Person) -> None:
        change = {"grant_permissions" if person.speaks else "revoke_permissions": SPEAKING}
        call = self._call(call_id)
        await _done(call.update_user_permissions(person.id, **change), "say who may speak")

    # -- recording ---------------------------------------------------------------------------

    async def start_recording(self, call_id: str) -> None:
        """One that goes on already goes on."""
        try:
            await _done(self._call(call_id).start_recording(RECORDING), "start the recording")
        except MediaUnavailable:
            if not await self.is_recording(call_id):
                raise

    async def stop_recording(self, call_id: str) -> None:
        try:
            await _done(self._call(call_id).stop_recording(RECORDING), "stop the recording")
        except MediaUnavailable:
            if await self.is_recording(call_id):
                raise

    async def is_recording(self, call_id: str) -> bool:
        with suppress(_Gone):
            found = await _done(self._call(call_id).get(), "look at the call")
            return bool(found.data.call.recording)
        return False

    async def recordings(self, call_id: str) -> list[Recording]:
        with suppress(_Gone):
            found = await _done(self._call(call_id).list_recordings(), "list the recordings")
            return [
                Recording(each.filename, each.url, each.start_time, each.end_time)
                for each in found.data.recordings
            ]
        return []

    # -- the end -----------------------------------------------------------------------------

    async def end(self, call_id: str) -> None:
        with suppress(_Gone):
            await _done(self._call(call_id).end(), "end the call")
        await self._remove_channel(call_id)

    async def remove(self, call_id: str) -> None:
        """With all that was said and recorded."""
        with suppress(_Gone):
            await _done(self._call(call_id).delete(hard=True), "delete the call")
        await self._remove_channel(call_id)

    async def _remove_channel(self, call_id: str) -> None:
        with suppress(_Gone):
            await _done(self._channel(call_id).delete(hard=True), "delete the channel")

    def verify(self, body: bytes, signature: str) -> bytes | None:
        """Stream signs the text as it was before it was compressed."""
        try:
            text = _unpacked(body)
        except zlib.error:
            return None
        return text if verify_signature(text, signature, self._secret) else None

    async def close(self) -> None:
        await self._video.aclose()
        await self._chat.close()

    def _call(self, call_id: str) -> Any:
        return self._video.video.call(CALL_TYPE, _safe(call_id))

    def _channel(self, call_id: str, data: dict[str, Any] | None = None) -> Channel:
        return self._chat.channel(CHANNEL_TYPE, _safe(call_id), data or {})


class _Gone(MediaUnavailable):
    """What was asked for is not there."""


async def _done(asked: Awaitable[T], what: str) -> T:
    """The answer. Raises MediaUnavailable with what could not be done, and why."""
    try:
        return await asked
    except (StreamApiException, ChatException) as error:
        kind = _Gone if error.status_code == 404 else MediaUnavailable
        why = getattr(error, "message", "") or getattr(error, "error_message", "")
        raise kind(f"Stream answered {error.status_code} when asked to {what}: {why}") from error
    except (StreamException, aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise MediaUnavailable(f"Stream cannot be reached to {what}: {reason}") from error


def _safe(call_id: str) -> str:
    """An id becomes part of a path. Raises ValueError for one that was not made here."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", call_id):
        raise ValueError(f"{call_id!r} cannot be the id of a call")
    return call_id


def _listed(people: Sequence[Person]) -> list[dict[str, Any]]:
    """As the members of a channel."""
    return [{"user_id": each.id} for each in people]


def _portions(people: Sequence[Person]) -> list[Sequence[Person]]:
    return [people[at : at + AT_A_TIME] for at in range(0, len(people), AT_A_TIME)]


def _member(person: Person) -> MemberRequest:
    return MemberRequest(user_id=person.id, role="host" if person.place == "host" else "user")


def _unpacked(body: bytes) -> bytes:
    """A webhook's text; compressed ones are known by how they begin. Raises zlib.error."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    reader = zlib.decompressobj(wbits=31)
    text = reader.decompress(body, EVENT_BYTES)
    if reader.unconsumed_tail:
        raise zlib.error("too long")
    return text
