"""People and sessions as JSON. E-mail addresses leave the server here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from crdt.replica import Role
from server.api.services import Services
from server.store.sessions import Session
from server.store.users import User


def own_user(user: User) -> dict[str, Any]:
    """Somebody as they see themselves."""
    shown: dict[str, Any] = msgspec.to_builtins(user)
    del shown["password"], shown["signedOutAt"], shown["externalId"]
    if user.email is None:
        del shown["email"]
    return shown


def person(user: User | None, user_id: str, *, email: bool = False) -> dict[str, Any]:
    """Somebody as others see them; `email`: only for the host of a shared session."""
    if user is None:
        return {"_id": user_id, "name": "Somebody who left", "profileImage": ""}
    shown = {"_id": user.id, "name": user.name, "profileImage": user.profile_image}
    return {**shown, "email": user.email} if email and user.email else shown


async def session_view(
    services: Services, session: Session, viewer: str | None = None
) -> dict[str, Any]:
    """One session, as `session_views` gives them."""
    return (await session_views(services, [session], viewer))[0]


async def session_views(
    services: Services, sessions: Sequence[Session], viewer: str | None = None
) -> list[dict[str, Any]]:
    """Sessions with their people and, for a viewer (an id), that one's role in each.

    Somebody without a role sees who hosts what, and whether there is a seat, but neither who has
    it nor the call. Without a viewer it is what may be told to everybody in the room.
    """
    ids = {each for session in sessions for each in (session.host, session.participant) if each}
    people = await services.users.get_many(ids)
    roles = await services.members.roles(sessions, viewer) if viewer else {}
    return [_shown(session, people, viewer, roles) for session in sessions]


def _shown(
    session: Session, people: dict[str, User], viewer: str | None, roles: dict[str, Role | None]
) -> dict[str, Any]:
    def who(user_id: str) -> dict[str, Any]:
        may_see = viewer is not None and viewer in (user_id, session.host)
        return person(people.get(user_id), user_id, email=may_see)

    shown: dict[str, Any] = msgspec.to_builtins(session)
    shown["host"] = who(session.host)
    shown["participant"] = who(session.participant) if session.participant else None
    shown["full"] = session.participant is not None
    if viewer:
        role = roles[session.id]
        shown["role"] = role.value if role else None
        if role is None:
            shown["participant"] = None
            del shown["callId"]
    return shown
