"""Invitations: a link that makes somebody participant or spectator, with or without account."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from crdt.replica import Role
from server.api.access import caller_of, caller_or_nobody, public_base
from server.api.accounts import signed_in
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.entering import WITHDRAWN, remove, take_seat, tell_room, watch
from server.api.services import Services, services_of
from server.api.sessions import IN_SESSION, hosted
from server.api.shapes import Accepted, Invitation, InvitationSeen, ManyInvitations
from server.api.views import person, session_view
from server.auth.rules import Name, clean_name
from server.auth.tokens import InviteToken
from server.errors import (
    InvalidBody,
    InviteExpired,
    NoSuchInvite,
    NoSuchPerson,
    NoSuchSession,
    NotSignedIn,
    OwnSession,
    PracticeSession,
    Removed,
    SessionEnded,
    SessionFull,
    TooManyPeople,
)
from server.store.database import now
from server.store.invites import Invite
from server.store.sessions import Session
from server.store.users import User

INVITED: Final = (NoSuchInvite, InviteExpired, NoSuchSession)


class Create(Body, frozen=True):
    role: Literal["participant", "spectator"]


Key = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{20,64}$", examples=["nC4JkyOxQ1a7f0ZzGh2T_w"])]
"""Random, made by the client: whoever says it again is the same guest."""


class Accept(Body, frozen=True):
    name: Name | None = None  # only somebody new needs one
    key: Key | None = None


async def create(request: Request) -> Response:
    """Make a link for a participant or spectators; only the host may."""
    caller = await caller_of(request)
    services = services_of(request)
    session = await hosted(request, caller, "Only the host can invite.")
    session.refuse_practice()
    body = await read_body(request, Create)
    if not session.active:
        raise SessionEnded
    invite = await services.invites.add(session.id, Role(body.role))
    return Json(_shown(request, invite), 201)


async def list_invites(request: Request) -> Response:
    """The invitations that still let somebody in, with whom they let in; for the host."""
    caller = await caller_of(request)
    session = await hosted(request, caller, "Only the host sees the invitations.")
    return Json({"invites": await _listed(request, session)})


async def withdraw(request: Request) -> Response:
    """Withdraw an invitation: its link is dead, and those who came by it are out at once."""
    caller = await caller_of(request)
    services = services_of(request)
    session = await hosted(request, caller, "Only the host can withdraw an invitation.")
    invite_id = request.path_params["invite"]
    # the link first: whoever comes by it from now on is turned away by `entering`
    withdrawn = await services.invites.remove(session.id, invite_id)
    came = await _came_by(services, session, invite_id)
    if not withdrawn and not came:  # with somebody left an earlier attempt stopped half-way
        raise NoSuchInvite
    for user_id in came:
        with suppress(NoSuchPerson):
            await remove(services, session, user_id, WITHDRAWN)
    return Json({"invites": await _listed(request, session)})


async def _came_by(services: Services, session: Session, invite_id: str) -> list[str]:
    """The ids of those who are in by an invitation, and of who has kept the seat although they
    were removed: whoever removed them stopped half-way."""
    came = [row.user for row in await services.members.by_invites(session.id, [invite_id])]
    if session.participant and session.participant not in came:
        row = await services.members.find(session.id, session.participant)
        if row is not None and row.invite == invite_id:
            came.append(session.participant)
    return came


async def _listed(request: Request, session: Session) -> list[dict[str, Any]]:
    services = services_of(request)
    invites = await services.invites.of_session(session.id)
    came = await services.members.by_invites(session.id, [invite.id for invite in invites])
    users = await services.users.get_many(member.user for member in came)
    people: dict[str, list[dict[str, Any]]] = {invite.id: [] for invite in invites}
    for member in came:
        shown = person(users.get(member.user), member.user)
        row = {"_id": shown["_id"], "name": shown["name"]}
        people[str(member.invite)].append(row)
    return [{**_shown(request, invite), "people": people[invite.id]} for invite in invites]


def _shown(request: Request, invite: Invite) -> dict[str, Any]:
    """An invitation for whoever made it, with its secret."""
    signed = InviteToken(invite.id, invite.session, invite.role)
    tokens = services_of(request).tokens
    token = tokens.invite(signed, invite.expires_at, invite.created_at)
    return {
        "_id": invite.id,
        "token": token,
        "url": f"{public_base(request)}/join/{token}",
        "role": invite.role.value,
        "createdAt": invite.created_at,
        "expiresAt": invite.expires_at,
    }


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

    Whoever is signed in keeps who they are; anybody else becomes a guest and gives a name. With
    the same `key` it is the same guest, so that asking again after a lost answer does no harm.
    """
    services = services_of(request)
    known_at = now()  # whoever is signed out from here on is not signed in anew by this
    caller = await caller_or_nobody(request)
    body = await read_body(request, Accept, optional=True)
    name = None if body.name is None else clean_name(body.name)
    invite, session = await _invited(request)
    if not session.active:
        raise SessionEnded
    if caller is None:
        user, session, role = await _admit_guest(services, invite, session, name, body.key)
    else:
        session, role = await _admit(services, invite, session, caller.user_id)
        user = await _renamed(services, session, caller.user, name)
    view = await session_view(services, session, user.id)
    return signed_in(request, user, 200, known_at, session=view, role=role.value)


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
    if invite.role is Role.PARTICIPANT:
        return await take_seat(services, session, user_id, invite), Role.PARTICIPANT
    if session.participant == user_id:
        return session, Role.PARTICIPANT
    await watch(services, session, user_id, invite)
    return session, Role.SPECTATOR


async def _admit_guest(
    services: Services, invite: Invite, session: Session, name: str | None, key: str | None
) -> tuple[User, Session, Role]:
    if name is None:
        raise InvalidBody("name is missing.", field="name")
    arrival = None if key is None else _arrival(invite, key)
    known = await services.users.guest_of(arrival)
    if known is None and invite.role is Role.PARTICIPANT and session.participant:
        raise SessionFull
    guest = known or await services.users.add_guest(name, arrival)
    try:
        session, role = await _admit(services, invite, session, guest.id)
    except (SessionFull, SessionEnded, NoSuchInvite, Removed, TooManyPeople):
        if known is None:
            await services.users.remove_guest(guest.id)
        raise
    return await _renamed(services, session, guest, name), session, role


def _arrival(invite: Invite, key: str) -> str:
    """What is stored of a key, which signs in by itself: nobody can read it there."""
    return hashlib.sha256(f"{invite.id} {key}".encode()).hexdigest()


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
    Endpoint(
        "GET", "/sessions/{id}/invites", list_invites, gives=ManyInvitations, errors=IN_SESSION
    ),
    Endpoint(
        "DELETE",
        "/sessions/{id}/invites/{invite}",
        withdraw,
        gives=ManyInvitations,
        errors=(*IN_SESSION, NoSuchInvite),
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
        errors=(
            *INVITED,
            NotSignedIn,
            SessionEnded,
            SessionFull,
            TooManyPeople,
            OwnSession,
            Removed,
        ),
    ),
]
