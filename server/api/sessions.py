"""One session: create, look at, join, end, and the ticket into the room."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from crdt.document import SeedFile
from crdt.replica import Role
from server.api.access import Caller, caller_of, own_base, user_of
from server.api.answers import Body, Json, read_body
from server.api.ending import end_session
from server.api.endpoint import Endpoint
from server.api.entering import lists_changed, take_seat
from server.api.services import Services, services_of
from server.api.shapes import EndedSession, ManyFiles, OneProblem, OneSession
from server.api.shapes import Ticket as TicketAnswer
from server.api.views import session_view
from server.auth.tokens import Ticket
from server.errors import (
    GuestsCannot,
    NoSuchProblem,
    NoSuchSession,
    NotAllowed,
    OwnSession,
    PracticeSession,
    Removed,
    SessionEnded,
    SessionFull,
    UnknownProblem,
)
from server.problems import Difficulty, Problem
from server.store.database import new_id, now
from server.store.sessions import Kind, Session

IN_SESSION: Final = (NoSuchSession, NotAllowed, Removed)
"""What `member` raises."""


class Create(Body, frozen=True):
    problem: Annotated[str, Meta(min_length=1, max_length=200, examples=["two-sum"])]
    difficulty: Difficulty | None = None


async def create(request: Request) -> Response:
    """Make a session for a problem, given by id or title."""
    caller = await user_of(request)
    body = await read_body(request, Create)
    services = services_of(request)
    try:
        problem = (await services.problems.get(body.problem, caller.user_id)).problem
    except NoSuchProblem as error:
        raise UnknownProblem(str(error), field="problem") from error
    session = await new_session(services, problem, caller.user_id, difficulty=body.difficulty)
    lists_changed(services, session)
    services.call_changed(session.id)
    return Json({"session": await session_view(services, session, caller.user_id)}, 201)


async def new_session(
    services: Services,
    problem: Problem,
    host: str,
    *,
    difficulty: Difficulty | None = None,
    kind: Kind = "interview",
) -> Session:
    """A session that starts with the problem's files. Raises what `Sessions.add` does."""
    session_id = new_id()
    files = [SeedFile(*file) for file in problem.seed_files()]
    # the document first: a session that can be seen can also be opened
    await services.hub.create(session_id, files, files[0].path)
    return await services.sessions.add(
        session_id,
        problem=problem.title,
        problem_id=problem.id,
        difficulty=difficulty or problem.difficulty,
        host=host,
        kind=kind,
    )


async def get(request: Request) -> Response:
    """One session, for those who are part of it."""
    caller = await caller_of(request)
    services = services_of(request)
    session, _ = await member(request, caller)
    return Json({"session": await session_view(services, session, caller.user_id)})


async def join(request: Request) -> Response:
    """Take the participant's seat; a guest gets one by invitation only."""
    caller = await caller_of(request)
    services = services_of(request)
    session = await services.sessions.get(request.path_params["id"])
    session.refuse_practice()
    if caller.user.kind == "guest" and session.participant != caller.user_id:
        raise GuestsCannot("Guests join by an invitation.")
    session = await take_seat(services, session, caller.user_id)
    return Json({"session": await session_view(services, session, caller.user_id)})


async def end(request: Request) -> Response:
    """End a session; only the host may."""
    caller = await caller_of(request)
    services = services_of(request)
    session = await services.sessions.get(request.path_params["id"])
    if session.host != caller.user_id:
        raise NotAllowed("Only the host can end a session.")
    session = await end_session(services, session, "The host ended the session.")
    view = await session_view(services, session, caller.user_id)
    return Json({"session": view, "message": "The session has ended."})


async def problem(request: Request) -> Response:
    """What the session is about, also when it is somebody's own or was deleted since."""
    session, _ = await member(request, await caller_of(request))
    found = await services_of(request).problems.of_session(session)
    if found is None:
        raise NoSuchProblem("The problem of this session was taken out of the list.")
    return Json({"problem": found.public()})


async def files(request: Request) -> Response:
    """The code as it is, or as it was when the session ended."""
    session, _ = await member(request, await caller_of(request))
    room = await services_of(request).hub.open(session.id)
    shown = [file._asdict() for file in room.files()]
    return Json({"files": shown})


async def ticket(request: Request) -> Response:
    """What opens the WebSocket; asked for with the cookie it works only together with it."""
    asked_at = now()  # whoever is signed out, or removed, from here on has a ticket of before
    caller = await caller_of(request)
    services = services_of(request)
    session, role = await member(request, caller)
    if not session.active:
        raise SessionEnded
    # Whoever gets one is about to enter, and the next look at the rooms may be a minute away.
    await services.sessions.mark_seen([session.id])
    services.call_changed(session.id)  # what could not be told so far is tried again
    user = caller.user
    made = Ticket(session.id, user.id, user.name, role, bound=caller.by_cookie)
    answer: dict[str, Any] = {
        "ticket": services.tokens.ticket(made, asked_at),
        "url": own_base(request).replace("http", "ws", 1) + "/ws/rooms",
        "role": role.value,
        "expiresIn": services.tokens.ticket_ttl.total_seconds(),
    }
    return Json(answer)


async def member(request: Request, caller: Caller) -> tuple[Session, Role]:
    """The session of the path and the caller's role in it; raises NoSuchSession, NotAllowed, or
    Removed for somebody who had one."""
    services = services_of(request)
    session = await services.sessions.get(request.path_params["id"])
    role = await services.members.role(session, caller.user_id)
    if role is None:
        await services.members.refuse_removed(session.id, caller.user_id)
        raise NotAllowed("You are not part of this session.")
    return session, role


async def hosted(request: Request, caller: Caller, refusal: str) -> Session:
    """The session of the path, which the caller hosts; raises what `member` does, and NotAllowed
    with that refusal for everybody else in it."""
    session, role = await member(request, caller)
    if role is not Role.HOST:
        raise NotAllowed(refusal)
    return session


routes = [
    Endpoint(
        "POST",
        "/sessions/create",
        create,
        takes=Create,
        gives=OneSession,
        status=201,
        who="account",
        errors=(UnknownProblem,),
    ),
    Endpoint(
        "POST",
        "/sessions/join/{id}",
        join,
        gives=OneSession,
        errors=(
            NoSuchSession,
            GuestsCannot,
            Removed,
            PracticeSession,
            OwnSession,
            SessionEnded,
            SessionFull,
        ),
    ),
    Endpoint(
        "POST",
        "/sessions/end/{id}",
        end,
        gives=EndedSession,
        errors=(NoSuchSession, NotAllowed, PracticeSession, SessionEnded),
    ),
    Endpoint("GET", "/sessions/{id}", get, gives=OneSession, errors=IN_SESSION),
    Endpoint(
        "GET",
        "/sessions/{id}/problem",
        problem,
        gives=OneProblem,
        errors=(*IN_SESSION, NoSuchProblem),
    ),
    Endpoint("GET", "/sessions/{id}/files", files, gives=ManyFiles, errors=IN_SESSION),
    Endpoint(
        "POST",
        "/sessions/{id}/ticket",
        ticket,
        gives=TicketAnswer,
        errors=(*IN_SESSION, SessionEnded),
    ),
]
