"""Runs of a room's code: the text is the room's own, never the caller's."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.api.sessions import IN_SESSION, member
from server.api.shapes import ManyRuns, OneRun
from server.errors import InvalidBody, NotAllowed, RunBusy, RunnerOff, SessionEnded
from server.rooms.controls import STDIN_CHARACTERS
from server.rooms.orders import Order

START_BYTES: Final = 12 * STDIN_CHARACTERS + 1024
"""JSON may write one character as two escapes of six bytes each."""


class Terminal(Body, frozen=True):
    """How many characters fit on the terminal of the one who starts a run."""

    columns: Annotated[int, Meta(ge=10, le=500)] = 80
    rows: Annotated[int, Meta(ge=2, le=500)] = 24


class Start(Body, frozen=True):
    language: Annotated[str, Meta(max_length=40, examples=["python"])] | None = (
        None  # the active file's
    )
    stdin: Annotated[str, Meta(max_length=STDIN_CHARACTERS)] = ""
    tests: bool = False  # call the function with the problem's tests, hidden ones too
    repl: Literal["python", "javascript"] | None = None  # its interpreter, beside the files
    terminal: Terminal = Terminal()  # unless there is `stdin` or `tests`


async def start(request: Request) -> Response:
    """Run the room's code; what it prints goes to everybody in the room.

    Without a language it is the file that is shown. With `repl` no file is run: the interpreter
    is typed to, and ends after some minutes without input. The host and the participant may.
    """
    caller = await caller_of(request)
    session, role = await member(request, caller)
    if not role.may_write:
        raise NotAllowed("Spectators cannot run code.")
    body = await read_body(request, Start, optional=True, limit=START_BYTES)
    if body.repl is not None and (body.language is not None or body.stdin or body.tests):
        raise InvalidBody("A REPL takes no language, stdin or tests.", field="repl")
    if not session.active:
        raise SessionEnded
    services = services_of(request)
    order = Order(
        by=caller.principal,
        language=body.language,
        stdin=body.stdin,
        # None when it was taken out of the file since; its sessions go on
        problem=await services.problems.of_session(session),
        tests=body.tests,
        practice=session.kind == "practice",
        columns=body.terminal.columns,
        rows=body.terminal.rows,
        repl=body.repl,
    )
    run = await services.desk.start(session.id, order)
    return Json({"run": run}, 202)


async def list_runs(request: Request) -> Response:
    """The newest runs of a session, oldest first."""
    session, _ = await member(request, await caller_of(request))
    return Json({"runs": await services_of(request).desk.list(session.id)})


routes = [
    Endpoint(
        "POST",
        "/sessions/{id}/runs",
        start,
        takes=Start,
        optional=True,
        gives=OneRun,
        status=202,
        errors=(*IN_SESSION, SessionEnded, RunBusy, RunnerOff),
    ),
    Endpoint("GET", "/sessions/{id}/runs", list_runs, gives=ManyRuns, errors=IN_SESSION),
]
