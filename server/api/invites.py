"""Invitations: a link that makes somebody participant or spectator, with or without account."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from crdt.replica import Role
from server.api.access import caller_of, caller_or_nobody, public_base
from server.api.accounts import signed_in
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.api.sessions import IN_SESSION, member, tell_room
from server.api.shapes import Accepted, Invitation, InvitationSeen
from server.api.views import person, session_view
from server.auth.rules import Name, clean_name
from server.auth.tokens import InviteToken
from server.errors import (
    InvalidBody,
    InviteExpired,
    NoSuchInvite,
    NoSuchSession,
    NotAllowed,
    NotSignedIn,
    OwnSession,
    PracticeSession,
    SessionEnded,
    SessionFull,
)
from server.store.invites import Invite
from server.store.sessions import Session
from server.store.users import User

INVITED: Final = (NoSuchInvite, InviteExpired, NoSuchSession)


class Create(Body, frozen=True):
    role: Literal["participant", "spectator"]


class Accept(Body, frozen=True):
    name: Name | None = None  # only somebody new needs one


async def create(request: Request) -> Response:
    """Make a link for a participant or spectators; only the host may."""
    caller = await caller_of(request)
    services = services_of(request)
    session, role = await member(request, caller)
    if role is not Role.HOST:
        raise NotAllowed("Only the host can invite.")
    session.refuse_practice()
    body = await read_body(request, Create)
    if not session.active:
        raise SessionEnded
    invite = await services.invites.add(session.id, Role(body.role))
    signed = InviteToken(invite.id, session.id, invite.role)
    token = services.tokens.invite(signed, invite.expires_at)
    answer = {
        "token": token,
        "url": f"{public_base(request)}/join/{token}",
        "role": invite.role.value,
        "expiresAt": invite.expires_at,
    }
    return Json(answer, 201)


async def look(request: Request) -> Response:
    """Who invites to what."""
    services = services_of(request)
    invite, session = await _invited(request)
    host = person(await services.users.get(session.host), session.host)
    shown = {
        "_id": session.id,
        "problem": session.problem,
        "status": session.status,
        "host": {"_id": host["_id"], "name": host["name"]},
    }
    return Json({"session": shown, "role": invite.role.value, "expiresAt": invite.expires_at})


async def accept(request: Request) -> Response:
    """Take an invitation.

    Whoever is signed in keeps who they are; anybody else becomes a guest and gives a name.
    """
    services = services_of(request)
    caller = await caller_or_nobody(request)
    body = await read_body(request, Accept, optional=True)
    name = None if body.name is None else clean_name(body.name)
    invite, session = await _invited(request)
    if not session.active:
        raise SessionEnded
    if caller is None:
        user, session, role = await _admit_guest(services, invite, session, name)
    else:
        session, role = await _admit(services, invite, session, caller.user_id)
        user = await _renamed(services, session, caller.user, name)
    view = await session_view(services, session, user.id)
    return signed_in(request, user, 200, session=view, role=role.value)


async def _invited(request: Request) -> tuple[Invite, Session]:
    """Raises NoSuchInvite or InviteExpired."""
    services = services_of(request)
    invite_id = services.tokens.read_invite(request.path_params["token"]).invite_id
    invite = await services.invites.get(invite_id)
    return invite, await services.sessions.get(invite.session)


async def _admit(
    services: Services, invite: Invite, session: Session, user_id: str
) -> tuple[Session, Role]:
    """Gives somebody the role of the invitation, or leaves them a better one they have."""
    if session.host == user_id:
        raise OwnSession
    if invite.role is Role.PARTICIPANT:
        session, news = await services.sessions.seat(session.id, user_id)
        if news:
            await tell_room(services, session)
        return session, Role.PARTICIPANT
    if session.participant == user_id:
        return session, Role.PARTICIPANT
    await services.sessions.add_spectator(session.id, user_id)
    return session, Role.SPECTATOR


async def _admit_guest(
    services: Services, invite: Invite, session: Session, name: str | None
) -> tuple[User, Session, Role]:
    if name is None:
        raise InvalidBody("name is missing.", field="name")
    if invite.role is Role.PARTICIPANT and session.participant:
        raise SessionFull
    guest = await services.users.add_guest(name)
    try:
        session, role = await _admit(services, invite, session, guest.id)
    except (SessionFull, SessionEnded):  # somebody was faster
        await services.users.remove_guest(guest.id)
        raise
    return guest, session, role


async def _renamed(services: Services, session: Session, user: User, name: str | None) -> User:
    """A guest may give another name; an account keeps its own."""
    if user.kind != "guest" or name is None or name == user.name:
        return user
    await services.users.rename_guest(user.id, name)
    if session.participant == user.id:
        await tell_room(services, session)
    return msgspec.structs.replace(user, name=name)


routes = [
    Endpoint(
        "POST",
        "/sessions/{id}/invites",
        create,
        takes=Create,
        gives=Invitation,
        status=201,
        errors=(*IN_SESSION, PracticeSession, SessionEnded),
    ),
    Endpoint("GET", "/invites/{token}", look, gives=InvitationSeen, who="anybody", errors=INVITED),
    Endpoint(
        "POST",
        "/invites/{token}/accept",
        accept,
        takes=Accept,
        optional=True,
        gives=Accepted,
        who="anybody",
        # NotSignedIn: somebody whose bearer token is no good any more
        errors=(*INVITED, NotSignedIn, SessionEnded, SessionFull, OwnSession),
    ),
]
