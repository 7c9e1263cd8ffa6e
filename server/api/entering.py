"""Letting people into a session, and taking them out of it.

The store has the last word on both, so that it does not matter which worker is asked, or in
which order what happens at the same time arrives. Then the room is told.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from crdt.replica import Role
from server.api.services import Services
from server.api.views import session_view
from server.errors import (
    NoSuchInvite,
    NoSuchPerson,
    OwnSession,
    Removed,
    SessionEnded,
    StorageUnavailable,
)
from server.store.invites import Invite
from server.store.members import REMOVED, Removal
from server.store.sessions import Session

WITHDRAWN = "The host withdrew your invitation."


async def take_seat(
    services: Services, session: Session, user_id: str, invite: Invite | None = None
) -> Session:
    """Makes somebody the participant; who is it already stays it.

    Raises Removed, OwnSession, SessionEnded or SessionFull, or NoSuchInvite when the invitation
    was withdrawn meanwhile. Doing it again completes what failed half-way.
    """
    await services.members.refuse_removed(session.id, user_id, invite)
    session, news = await services.sessions.seat(session.id, user_id)
    if news or invite is not None:
        try:
            await _admit(services, session, user_id, Role.PARTICIPANT, invite)
        except BaseException as error:
            # removed, or withdrawn, this very moment; or a seat of which no row would tell
            if news or isinstance(error, Removed | NoSuchInvite):
                await asyncio.shield(_unseat(services, session.id, user_id))
            raise
    if news:
        await tell_room(services, session)
        lists_changed(services, session)
    return session


async def _unseat(services: Services, session_id: str, user_id: str) -> None:
    """Frees the seat if it can be: what went wrong before is what is to be told."""
    with suppress(StorageUnavailable):
        await services.sessions.unseat(session_id, user_id)


async def watch(services: Services, session: Session, user_id: str, invite: Invite) -> None:
    """Makes somebody a spectator. Raises Removed, OwnSession, SessionEnded, TooManyPeople, or
    NoSuchInvite when the invitation was withdrawn meanwhile."""
    if session.host == user_id:
        raise OwnSession
    if not session.active:
        raise SessionEnded
    await _admit(services, session, user_id, Role.SPECTATOR, invite)
    services.live.changed("sessions", {user_id})


async def remove(
    services: Services, session: Session, user_id: str, reason: str = Removed.default
) -> Session:
    """Takes somebody out at once and for good, and frees the seat; returns the session as it is
    then. The invitation they came by lets nobody in any more: a guest would need only another
    name to come back by it. Others who came by it stay.

    Raises NoSuchPerson, or OwnSession for the host.
    """
    if session.host == user_id:
        raise OwnSession("You host this session; you cannot be removed from it.")
    row = await services.members.find(session.id, user_id)
    if user_id != session.participant:
        if row is None:
            raise NoSuchPerson
        if row.role == REMOVED:
            return session  # once is enough
    if row is not None and row.invite is not None:
        await services.invites.remove(session.id, row.invite)
    at = await services.members.remove(session.id, user_id)
    freed = await services.sessions.unseat(session.id, user_id)
    services.hub.remove(session.id, Removal(user_id, at, out=True), reason)
    services.call_changed(session.id)
    if freed is not None:
        await tell_room(services, freed)
    lists_changed(services, session)
    return freed or session


async def tell_room(services: Services, session: Session) -> None:
    """Everybody in the room hears how the session is now."""
    shown = await session_view(services, session)
    services.hub.notify(session.id, {"type": "session.updated", "session": shown})


def lists_changed(services: Services, session: Session) -> None:
    """A session came, ended, or has other people: everybody's list may show it, and the figures
    of those in it count it."""
    services.live.changed("sessions")
    services.live.changed("stats", {session.host, session.participant or session.host})


async def _admit(
    services: Services, session: Session, user_id: str, role: Role, invite: Invite | None
) -> None:
    if await services.members.admit(session.id, user_id, role, invite):
        services.hub.readmit(session.id, user_id)
    services.call_changed(session.id)
    if invite is not None and not await services.invites.exists(invite.id):
        # Withdrawn meanwhile: whoever withdrew it did not see this one come.
        at = await services.members.remove(session.id, user_id)
        services.hub.remove(session.id, Removal(user_id, at, out=True), WITHDRAWN)
        services.call_changed(session.id)
        raise NoSuchInvite
