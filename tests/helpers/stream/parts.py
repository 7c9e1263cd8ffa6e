"""What both halves of the stand-in are made of: who asks, what there is, and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

import jwt

KEY: Final = "stream-key"
SECRET: Final = "a secret that only Stream and we know"

Json = dict[str, Any]

BAD_REQUEST: Final = (400, 4)
BAD_KEY: Final = (401, 2)
TOKEN_EXPIRED: Final = (401, 40)
BAD_SIGNATURE: Final = (401, 43)
FORBIDDEN: Final = (403, 17)
NOT_FOUND: Final = (404, 16)


class Refused(Exception):
    """An error as Stream tells it: HTTP status and Stream's own code."""

    def __init__(self, kind: tuple[int, int], message: str) -> None:
        super().__init__(message)
        self.status, self.code = kind

    @property
    def body(self) -> Json:
        return {
            "code": self.code,
            "message": str(self),
            "StatusCode": self.status,
            "duration": "0.00ms",
            "more_info": "",
            "details": [],
        }


class Caller(NamedTuple):
    """Who a token is for; None: a server that has the secret."""

    user_id: str | None

    @property
    def server(self) -> bool:
        return self.user_id is None


class Asked(NamedTuple):
    """One request, its path cut at the slashes."""

    method: str
    path: tuple[str, ...]
    query: Json
    body: Json
    caller: Caller


def caller_of(token: str | None) -> Caller:
    """Raises Refused: code 40 for a token that was good once, 43 for one that never was."""
    try:
        claims = jwt.decode(token or "", SECRET, algorithms=["HS256"])
    except jwt.ExpiredSignatureError as error:
        raise Refused(TOKEN_EXPIRED, "token is expired") from error
    except jwt.InvalidTokenError as error:
        raise Refused(BAD_SIGNATURE, "signature is not valid") from error
    return Caller(claims.get("user_id"))


def stamp() -> str:
    """The time, as Stream writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class Call:
    """`members`: role by user; `revoked`: capabilities taken away, by user."""

    id: str
    kind: str
    created_by: str
    custom: Json = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    revoked: dict[str, set[str]] = field(default_factory=dict)
    muted: list[str] = field(default_factory=list)
    recording: bool = False
    recordings: list[Json] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    created_at: str = field(default_factory=stamp)
    ended_at: str | None = None

    @property
    def cid(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass
class Channel:
    """`members`: role by user; `messages` as Stream tells them, replies too, oldest first."""

    id: str
    kind: str
    created_by: str
    custom: Json = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    messages: list[Json] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)
    created_at: str = field(default_factory=stamp)

    @property
    def cid(self) -> str:
        return f"{self.kind}:{self.id}"


class World(Protocol):
    """What there is at Stream, for both halves."""

    @property
    def url(self) -> str: ...

    users: dict[str, Json]
    calls: dict[str, Call]
    channels: dict[str, Channel]

    async def tell(self, product: str, user_ids: set[str] | None, event: Json) -> None:
        """Sends an event over the WebSockets of a product (`chat`, `video`) to these people;
        None: to everybody."""


def user_shown(world: World, user_id: str) -> Json:
    """A user in an answer; also one who was never upserted is somebody."""
    known = world.users.get(user_id, {"id": user_id})
    made = known.get("created_at", "2026-01-01T00:00:00.000000Z")
    return {
        "role": "user",
        "language": "",
        "teams": [],
        "custom": {},
        "blocked_user_ids": [],
        "banned": False,
        "online": True,
        "created_at": made,
        "updated_at": made,
        **known,
    }


def own_user(world: World, user_id: str) -> Json:
    """The same for the one who is connected."""
    return user_shown(world, user_id) | {
        "devices": [],
        "mutes": [],
        "channel_mutes": [],
        "unread_count": 0,
        "total_unread_count": 0,
        "unread_channels": 0,
        "unread_threads": 0,
    }


def known_users(world: World, user_ids: list[str]) -> None:
    """Raises Refused when one of them was never upserted: Stream takes no strangers."""
    missing = [user_id for user_id in user_ids if user_id not in world.users]
    if missing:
        raise Refused(BAD_REQUEST, f"the following users don't exist: {missing}")


def server_only(asked: Asked) -> None:
    if not asked.caller.server:
        raise Refused(FORBIDDEN, "this takes a server token")
