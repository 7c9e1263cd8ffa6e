"""What carries a session's video and chat, in words.

- A call and a chat channel are known by the session's `callId`.
- Every change may be asked for again: what is so already stays so, what is not there is gone.
- Whatever could not be done, or not be asked for in time, raises ``MediaUnavailable``.
- ``prepare`` makes call and channel with those people in them; ``add`` lets one more in, or tells
  that one's place anew; ``remove_person`` puts one out and keeps that one out until ``add``.
- Who may not speak is seen and heard by nobody; ``mute`` turns somebody's microphone off, once.
- ``end`` closes a call for everybody and deletes its channel, and keeps what was recorded;
  ``remove`` returns when nothing at all of them is left.
- ``token`` is a sign-in for one person that ends after so many seconds.
- ``verify`` gives back the text of a webhook, or None where nobody with the secret signed it.
- ``check`` returns when it would do what it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec

Kind = Literal["builtin", "stream"]
Place = Literal["host", "participant", "spectator"]


class MediaUnavailable(Exception):
    """Whatever carries video and chat did not do what it was asked; the text says why."""


class Person(msgspec.Struct, frozen=True):
    """Somebody in a call; `image`: an address, or empty."""

    id: str
    name: str
    image: str
    place: Place
    speaks: bool


class Recording(msgspec.Struct, frozen=True):
    """A file that was recorded; `url` opens it for whoever has it, for as long as it is kept."""

    filename: str
    url: str
    started_at: datetime
    ended_at: datetime


class Door(NamedTuple):
    """Where browsers find it; `hint_url`: what tells them where they are, None: its usual one."""

    api_key: str
    call_type: str
    channel_type: str
    video_url: str
    chat_url: str
    hint_url: str | None


class Media(Protocol):
    @property
    def kind(self) -> Kind: ...

    @property
    def door(self) -> Door | None:
        """None: browsers need nothing but this server."""

    async def check(self) -> None: ...

    async def prepare(self, call_id: str, title: str, people: Sequence[Person]) -> None:
        """`people`: the host first."""

    async def add(self, call_id: str, person: Person) -> None: ...

    async def remove_person(self, call_id: str, user_id: str) -> None: ...

    async def mute(self, call_id: str, user_id: str, by: str) -> None: ...

    def token(self, user_id: str, seconds: int) -> str: ...

    async def start_recording(self, call_id: str) -> None: ...

    async def stop_recording(self, call_id: str) -> None: ...

    async def is_recording(self, call_id: str) -> bool: ...

    async def recordings(self, call_id: str) -> list[Recording]: ...

    async def end(self, call_id: str) -> None: ...

    async def remove(self, call_id: str) -> None: ...

    def verify(self, body: bytes, signature: str) -> bytes | None: ...

    async def close(self) -> None: ...
