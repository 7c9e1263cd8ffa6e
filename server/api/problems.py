"""The problems to choose from, and those that people write themselves. Hidden tests stay here,
but for the one who wrote them."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_or_nobody, user_of
from server.api.answers import Json, Query, read_body, read_query
from server.api.catalogue import Filter, Found
from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.api.shapes import ManyProblems, Message, OneProblem, OneSource, Previewed
from server.errors import (
    InvalidBody,
    NoSuchProblem,
    NotAllowed,
    NotSignedIn,
    TitleTaken,
    TooManyProblems,
)
from server.problems import Difficulty, Draft, Problem, Wrong, checked, given_starters
from server.store.problems import OwnProblem

PROBLEM_BYTES: Final = 256 * 1024
"""Of one problem as a body: hundreds of tests, some of them large."""

SLUG_CHARACTERS: Final = 40


class Wanted(Query, frozen=True):
    search: Annotated[str, Meta(max_length=100)] = ""
    difficulty: Difficulty | None = None
    tag: Annotated[str, Meta(max_length=40)] | None = None
    mine: bool = False


async def list_problems(request: Request) -> Response:
    """The problems to choose from, the caller's own first.

    `progress` is null for who is not signed in.
    """
    query = read_query(request, Wanted)
    viewer = await _viewer(request)
    if query.mine and viewer is None:
        raise NotSignedIn
    services = services_of(request)
    wanted = Filter(query.search, query.difficulty, query.tag)
    rows = await services.problems.list(wanted, viewer, mine=query.mine)
    states = await services.progress.of(viewer) if viewer else {}
    shown = [
        {
            "_id": row.id,
            "title": row.title,
            "difficulty": row.difficulty,
            "tags": row.tags,
            "own": own,
            "progress": states.get(row.id),
        }
        for row, own in rows
    ]
    return Json({"problems": shown})


async def get_problem(request: Request) -> Response:
    """One problem, by id or title.

    Hidden tests are never told.
    """
    viewer = await _viewer(request)
    services = services_of(request)
    found = await services.problems.get(request.path_params["name"], viewer)
    return Json({"problem": await _shown(services, found, viewer)})


async def source(request: Request) -> Response:
    """A problem as its owner wrote it, hidden tests and all.

    A starter that was left out is empty.
    """
    caller = await user_of(request)
    own = await _own(request, caller.user_id)
    shown: dict[str, Any] = msgspec.to_builtins(own.draft)
    starter = {"python": "", "javascript": "", "java": "", **given_starters(own.draft)}
    times = {"createdAt": own.created_at, "updatedAt": own.updated_at}
    return Json({"problem": {"_id": own.id, **shown, "starter": starter, **times}})


async def preview(request: Request) -> Response:
    """Check a draft and show what it will look like, with all starters; nothing is kept."""
    await user_of(request)
    draft = await _draft(request)
    problem = _checked(draft, "")
    return Json({"problem": problem.public(), "starter": msgspec.to_builtins(problem.starter)})


async def create(request: Request) -> Response:
    """Add a problem of one's own."""
    caller = await user_of(request)
    draft = await _draft(request)
    problem_id = _new_id(draft.title)
    _checked(draft, problem_id)
    services = services_of(request)
    own = await services.problems.own.add(problem_id, caller.user_id, draft)
    return Json({"problem": await _shown(services, Found(own.problem, True), caller.user_id)}, 201)


async def replace(request: Request) -> Response:
    """Change a problem of one's own.

    Sessions about it show the new text; what was typed in them stays.
    """
    caller = await user_of(request)
    own = await _own(request, caller.user_id)
    draft = await _draft(request)
    _checked(draft, own.id)
    services = services_of(request)
    own = await services.problems.own.replace(own.id, caller.user_id, draft)
    return Json({"problem": await _shown(services, Found(own.problem, True), caller.user_id)})


async def delete(request: Request) -> Response:
    """Delete a problem of one's own; sessions about it go on."""
    caller = await user_of(request)
    own = await _own(request, caller.user_id)
    await services_of(request).problems.own.delete(own.id, caller.user_id)
    return Json({"message": "The problem was deleted."})


async def _viewer(request: Request) -> str | None:
    caller = await caller_or_nobody(request)
    return caller.user_id if caller else None


async def _own(request: Request, owner: str) -> OwnProblem:
    """The path's problem. Raises NoSuchProblem, or NotAllowed for one of the file."""
    problems = services_of(request).problems
    name = request.path_params["name"]
    if own := await problems.own.find(name, owner):
        return own
    if problems.file.find(name):
        raise NotAllowed("This problem comes with the server; only problems of your own are yours.")
    raise NoSuchProblem(f"There is no problem called {name!r}.")


async def _draft(request: Request) -> Draft:
    """The body; blanks around and between the title's words do not count."""
    draft = await read_body(request, Draft, limit=PROBLEM_BYTES)
    tags = [" ".join(tag.split()) for tag in draft.tags]
    return msgspec.structs.replace(draft, title=" ".join(draft.title.split()), tags=tags)


def _checked(draft: Draft, problem_id: str) -> Problem:
    """Raises InvalidBody, naming the field."""
    try:
        return checked(draft, problem_id)
    except Wrong as wrong:
        raise InvalidBody(f"{wrong}.", field=wrong.field) from None


def _new_id(title: str) -> str:
    """The title's words and something random. The underscore, which no id in the file may have,
    keeps it apart from all that the file has or will have."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:SLUG_CHARACTERS].strip("-")
    return f"{words or 'problem'}_{secrets.token_hex(5)}"


async def _shown(services: Services, found: Found, viewer: str | None) -> dict[str, Any]:
    """One problem as the viewer reads it."""
    states = await services.progress.of(viewer) if viewer else {}
    progress = states.get(found.problem.id)
    return {**found.problem.public(), "own": found.own, "progress": progress}


OWN: Final = (NoSuchProblem, NotAllowed)
"""What `_own` raises."""

routes = [
    Endpoint(
        "GET",
        "/problems",
        list_problems,
        query=Wanted,
        gives=ManyProblems,
        who="anybody",
        errors=(NotSignedIn,),
    ),
    Endpoint(
        "POST",
        "/problems",
        create,
        takes=Draft,
        gives=OneProblem,
        status=201,
        who="account",
        errors=(TitleTaken, TooManyProblems),
    ),
    Endpoint("POST", "/problems/preview", preview, takes=Draft, gives=Previewed, who="account"),
    Endpoint(
        "GET",
        "/problems/{name}",
        get_problem,
        gives=OneProblem,
        who="anybody",
        errors=(NoSuchProblem, NotSignedIn),
    ),
    Endpoint(
        "PUT",
        "/problems/{name}",
        replace,
        takes=Draft,
        gives=OneProblem,
        who="account",
        errors=(*OWN, TitleTaken),
    ),
    Endpoint("DELETE", "/problems/{name}", delete, gives=Message, who="account", errors=OWN),
    Endpoint("GET", "/problems/{name}/source", source, gives=OneSource, who="account", errors=OWN),
]
