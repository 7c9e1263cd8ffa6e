"""What was said in a session, also after its end; new messages go over the room's socket."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of
from server.api.answers import Json, Query, read_query
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.api.sessions import IN_SESSION, member
from server.api.shapes import Id, Moment, Role, Shape
from server.errors import NotAllowed, PracticeSession
from server.rooms.channels import EVERYBODY, channels_of

Channel = Literal["everybody", "staff"]


class Author(Shape, frozen=True):
    """Who said it, as they were then."""

    id: Id = msgspec.field(name="_id")
    name: str
    role: Role


class ChatMessage(Shape, frozen=True):
    """`number` counts the messages of a channel from 1; `key` was made by the author's page."""

    id: Id = msgspec.field(name="_id")
    channel: Channel
    number: int
    author: Author
    text: str
    key: str
    created_at: Moment


class ManyMessages(Shape, frozen=True):
    messages: list[ChatMessage]
    more: bool


class Wanted(Query, frozen=True):
    channel: Channel = EVERYBODY
    before: Annotated[int, Meta(ge=1, le=2**53)] | None = None  # the number of a message
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


async def messages(request: Request) -> Response:
    """The newest messages of a channel, or the newest before a number; oldest first.

    The candidate reads `everybody`, the host and spectators `staff` too. `more` says whether
    there are older ones.
    """
    session, role = await member(request, await caller_of(request))
    if session.kind == "practice":
        raise PracticeSession("Practice has no chat.")
    wanted = read_query(request, Wanted)
    if wanted.channel not in channels_of(role):
        raise NotAllowed("This channel is the interviewers' own.")
    page = await services_of(request).chat.page(
        session.id, wanted.channel, wanted.limit, wanted.before
    )
    return Json({"messages": page.messages, "more": page.more})


routes = [
    Endpoint(
        "GET",
        "/sessions/{id}/chat",
        messages,
        gives=ManyMessages,
        query=Wanted,
        errors=(*IN_SESSION, PracticeSession),
    ),
]
