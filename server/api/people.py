"""Who is part of a session; the host may take people out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crdt.replica import Role
from server.api.access import caller_of
from server.api.answers import Json
from server.api.endpoint import Endpoint
from server.api.entering import remove
from server.api.services import Services, services_of
from server.api.sessions import IN_SESSION, hosted, member
from server.api.shapes import ManyPeople
from server.api.views import person
from server.errors import NoSuchPerson, OwnSession
from server.store.members import Member
from server.store.sessions import Session


async def list_people(request: Request) -> Response:
    """Who is part of a session, for those who are: the host, the participant, who watches."""
    caller = await caller_of(request)
    session, role = await member(request, caller)
    return Json({"people": await _people(services_of(request), session, caller.user_id, role)})


async def remove_person(request: Request) -> Response:
    """Take somebody out: at once, and until a later invitation lets them in. Only the host may.

    The link they came by lets nobody in any more; others who came by it stay.
    """
    caller = await caller_of(request)
    services = services_of(request)
    session = await hosted(request, caller, "Only the host can remove people.")
    session = await remove(services, session, request.path_params["user"])
    return Json({"people": await _people(services, session, caller.user_id, Role.HOST)})


async def _people(
    services: Services, session: Session, viewer: str, role: Role
) -> list[dict[str, Any]]:
    """The host, the participant, then those who watch, as they came."""
    members = await services.members.of_session(session.id)
    part = _parts(session, members)
    users = await services.users.get_many(user_id for user_id, _, _ in part)
    rows = []
    for user_id, their_role, row in part:
        user = users.get(user_id)
        by_host = role is Role.HOST
        rows.append(
            {
                **person(user, user_id, email=by_host or user_id == viewer),
                "kind": user.kind if user else "guest",
                "role": their_role.value,
                # by which of the host's invitations is the host's business
                "invite": row.invite if row and by_host else None,
                "joinedAt": row.created_at if row else session.created_at,
            }
        )
    return rows


def _parts(session: Session, members: Sequence[Member]) -> list[tuple[str, Role, Member | None]]:
    """Everybody with their role and, where there is one, their row."""
    rows = {member.user: member for member in members}
    found: list[tuple[str, Role, Member | None]] = [(session.host, Role.HOST, None)]
    if session.participant:
        row = rows.get(session.participant)
        found.append((session.participant, Role.PARTICIPANT, row))
    found += [
        (row.user, Role.SPECTATOR, row)
        for row in members
        if row.role == "spectator" and row.user != session.participant
    ]
    return found


routes = [
    Endpoint("GET", "/sessions/{id}/people", list_people, gives=ManyPeople, errors=IN_SESSION),
    Endpoint(
        "DELETE",
        "/sessions/{id}/people/{user}",
        remove_person,
        gives=ManyPeople,
        errors=(*IN_SESSION, NoSuchPerson, OwnSession),
    ),
]
