"""The problems to choose from; hidden tests stay here."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.api.answers import Json
from server.api.services import services_of


async def list_problems(request: Request) -> Response:
    problems = services_of(request).problems.all()
    return Json({"problems": [problem.summary() for problem in problems]})


async def get_problem(request: Request) -> Response:
    """By id or title: a session names its problem by title."""
    problem = services_of(request).problems.get(request.path_params["name"])
    return Json({"problem": problem.public()})


routes = [
    Route("/problems", list_problems),
    Route("/problems/{name}", get_problem),
]
