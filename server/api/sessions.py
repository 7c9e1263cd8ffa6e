"""Sessions: create, look at, join, end, and the ticket into the room."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from crdt.document import SeedFile
from crdt.replica import Role
from server.api.access import Caller, caller_of, own_base, user_of
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.api.shapes import EndedSession, ManyFiles, ManySessions, OneProblem, OneSession
from server.api.shapes import Ticket as TicketAnswer
from server.api.views import session_view, session_views
from server.auth.tokens import Ticket
from server.errors import (
    GuestsCannot,
    NoSuchProblem,
    NoSuchSession,
    NotAllowed,
    OwnSession,
    PracticeSession,
    SessionEnded,
    SessionFull,
    UnknownProblem,
)
from server.problems import Problem
from server.store.database import new_id
from server.store.sessions import Difficulty, Kind, Session

IN_SESSION: Final = (NoSuchSession, NotAllowed)
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


async def active(request: Request) -> Response:
    """All active sessions, the caller's first; a guest sees only the own ones."""
    caller = await caller_of(request)
    services = services_of(request)
    guest = caller.user.kind == "guest"
    found = await services.sessions.active(caller.user_id, only_mine=guest)
    return Json({"sessions": await session_views(services, found, caller.user_id)})


async def recent(request: Request) -> Response:
    """The newest ended sessions the caller took part in."""
    caller = await caller_of(request)
    services = services_of(request)
    found = await services.sessions.recent(caller.user_id)
    return Json({"sessions": await session_views(services, found, caller.user_id)})


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
    session, news = await services.sessions.seat(session.id, caller.user_id)
    if news:
        await tell_room(services, session)
    return Json({"session": await session_view(services, session, caller.user_id)})


async def end(request: Request) -> Response:
    """End a session; only the host may."""
    caller = await caller_of(request)
    services = services_of(request)
    session = await services.sessions.end(request.path_params["id"], caller.user_id)
    shown = await session_view(services, session)
    event = {"type": "session.ended", "session": shown, "reason": "The host ended the session."}
    await services.hub.end(session.id, event)
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
    caller = await caller_of(request)
    services = services_of(request)
    session, role = await member(request, caller)
    if not session.active:
        raise SessionEnded
    user = caller.user
    made = Ticket(session.id, user.id, user.name, role, bound=caller.by_cookie)
    answer: dict[str, Any] = {
        "ticket": services.tokens.ticket(made),
        "url": own_base(request).replace("http", "ws", 1) + "/ws/rooms",
        "role": role.value,
        "expiresIn": services.tokens.ticket_ttl.total_seconds(),
    }
    return Json(answer)


async def member(request: Request, caller: Caller) -> tuple[Session, Role]:
    """The session of the path and the caller's role in it; raises NoSuchSession, NotAllowed."""
    sessions = services_of(request).sessions
    session = await sessions.get(request.path_params["id"])
    role = await sessions.role(session, caller.user_id)
    if role is None:
        raise NotAllowed("You are not part of this session.")
    return session, role


async def tell_room(services: Services, session: Session) -> None:
    """Everybody in the room hears how the session is now."""
    shown = await session_view(services, session)
    services.hub.notify(session.id, {"type": "session.updated", "session": shown})


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
    Endpoint("GET", "/sessions/active", active, gives=ManySessions),
    Endpoint("GET", "/sessions/recent", recent, gives=ManySessions),
    Endpoint(
        "POST",
        "/sessions/join/{id}",
        join,
        gives=OneSession,
        errors=(
            NoSuchSession,
            GuestsCannot,
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
