"""Solo practice: one room a person and problem, like any other but for its one member."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import user_of
from server.api.answers import Json
from server.api.ending import close_room
from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.api.sessions import new_session
from server.api.shapes import OneSession
from server.api.views import session_view
from server.errors import NoSuchProblem
from server.problems import Problem
from server.store.sessions import AlreadyPractising, Session

RESET_REASON = "You started over with this problem."


async def practise(request: Request) -> Response:
    """Find or make the caller's one practice session for this problem."""
    caller = await user_of(request)
    services = services_of(request)
    problem = await _problem(request, services, caller.user_id)
    session = await _session(services, problem, caller.user_id)
    return Json({"session": await session_view(services, session, caller.user_id)})


async def reset(request: Request) -> Response:
    """Start over: the old session ends, for whoever is in its room, and a fresh one is made.

    Asked for twice at once, the second may put away what the first made: the answer is then
    still the one session there is.
    """
    caller = await user_of(request)
    services = services_of(request)
    problem = await _problem(request, services, caller.user_id)
    old = await services.practice.end(caller.user_id, problem.id)
    if old is not None:
        await close_room(services, old, RESET_REASON)
    session = await _session(services, problem, caller.user_id)
    return Json({"session": await session_view(services, session, caller.user_id)})


async def _problem(request: Request, services: Services, user_id: str) -> Problem:
    return (await services.problems.get(request.path_params["name"], user_id)).problem


async def _session(services: Services, problem: Problem, user_id: str) -> Session:
    """The one there is, made if need be."""
    while True:
        if session := await services.practice.of(user_id, problem.id):
            return session
        try:
            return await new_session(services, problem, user_id, kind="practice")
        except AlreadyPractising:
            continue  # another request made it in this moment


routes = [
    Endpoint(
        "POST",
        f"/problems/{{name}}/practice{then}",
        handler,
        gives=OneSession,
        who="account",
        errors=(NoSuchProblem,),
    )
    for then, handler in (("", practise), ("/reset", reset))
]
