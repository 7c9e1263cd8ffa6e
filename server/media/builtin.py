"""What carries video and chat without a service: browsers among themselves, and this server.

Nothing lives elsewhere, so nothing is to be told to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.media.base import Door, Kind, Media, Person, Recording


class BuiltinMedia(Media):
    """Implements ``server.media.base.Media``."""

    @property
    def kind(self) -> Kind:
        return "builtin"

    @property
    def door(self) -> Door | None:
        return None

    async def check(self) -> None:
        """There is nothing that could be away."""

    async def prepare(self, call_id: str, title: str, people: Sequence[Person]) -> None:
        """There is nothing to make."""

    async def add(self, call_id: str, person: Person) -> None:
        """The room knows who is in."""

    async def remove_person(self, call_id: str, user_id: str) -> None:
        """The room knows who is out."""

    async def mute(self, call_id: str, user_id: str, by: str) -> None:
        """The room does that."""

    def token(self, user_id: str, seconds: int) -> str:
        raise NotImplementedError("nobody signs in anywhere: there is no door")

    async def start_recording(self, call_id: str) -> None:
        """The host's browser does that."""

    async def stop_recording(self, call_id: str) -> None:
        """The host's browser does that."""

    async def is_recording(self, call_id: str) -> bool:
        return False

    async def recordings(self, call_id: str) -> list[Recording]:
        return []

    async def end(self, call_id: str) -> None:
        """There is nothing to end."""

    async def remove(self, call_id: str) -> None:
        """There is nothing to remove."""

    def verify(self, body: bytes, signature: str) -> bytes | None:
        """Nobody has a secret to sign with."""
        return None

    async def close(self) -> None:
        """There is nothing to close."""
