"""Runs of a room's code: the text is the room's own, never the caller's."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.api.access import caller_of
from server.api.answers import Body, Json, read_body
from server.api.services import services_of
from server.api.sessions import member
from server.errors import NoSuchProblem, NotAllowed, SessionEnded


class Start(Body, frozen=True):
    language: Annotated[str, Meta(max_length=40)] | None = None  # the active file's
    stdin: Annotated[str, Meta(max_length=32_768)] = ""


async def start(request: Request) -> Response:
    caller = await caller_of(request)
    session, role = await member(request, caller)
    if not role.may_write:
        raise NotAllowed("Spectators cannot run code.")
    body = await read_body(request, Start, optional=True)
    if not session.active:
        raise SessionEnded
    services = services_of(request)
    try:
        problem = services.problems.get(session.problem)
    except NoSuchProblem:  # taken out of the file since; its sessions go on
        problem = None
    run = await services.desk.start(
        session.id, problem, caller.principal, body.language, body.stdin
    )
    return Json({"run": run}, 202)


async def list_runs(request: Request) -> Response:
    session, _ = await member(request, await caller_of(request))
    return Json({"runs": await services_of(request).desk.list(session.id)})


routes = [
    Route("/sessions/{id}/runs", start, methods=["POST"]),
    Route("/sessions/{id}/runs", list_runs),
]
