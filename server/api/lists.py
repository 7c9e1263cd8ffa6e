"""Lists of sessions: the active ones, and one's own past ones."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from crdt.replica import Role
from server.api.access import Caller, caller_of
from server.api.answers import Json, Query, read_query
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.api.shapes import ManySessions
from server.api.views import session_views
from server.problems import Difficulty
from server.store.lists import Cursor, Wanted
from server.store.sessions import Status

ANY_ROLE: Final = frozenset(Role)


class Listing(Query, frozen=True):
    mine: bool = False
    role: Literal["host", "participant", "spectator"] | None = None  # one's own, so `mine` too
    difficulty: Difficulty | None = None
    search: Annotated[str, Meta(max_length=100)] = ""  # in the problem's title
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=100)] = ""


async def active(request: Request) -> Response:
    """All active sessions, newest first.

    A guest sees only the own ones; of others' one sees who hosts what, and whether it is full.
    """
    caller = await caller_of(request)
    listing = read_query(request, Listing)
    mine = listing.mine or caller.user.kind == "guest"
    return await _page(request, caller, listing, "active", ANY_ROLE if mine else None)


async def recent(request: Request) -> Response:
    """The ended sessions the caller was part of, newest first."""
    caller = await caller_of(request)
    return await _page(request, caller, read_query(request, Listing), "completed", ANY_ROLE)


async def _page(
    request: Request,
    caller: Caller,
    listing: Listing,
    status: Status,
    roles: frozenset[Role] | None,
) -> Response:
    services = services_of(request)
    wanted = Wanted(
        status=status,
        user_id=caller.user_id,
        roles=frozenset([Role(listing.role)]) if listing.role else roles,
        limit=listing.limit,
        difficulty=listing.difficulty,
        search=listing.search.strip(),
        after=Cursor.read(listing.cursor) if listing.cursor else None,
    )
    page = await services.lists.page(wanted)
    views = await session_views(services, page.sessions, caller.user_id)
    return Json({"sessions": views, "nextCursor": str(page.next) if page.next else None})


routes = [
    Endpoint("GET", "/sessions/active", active, gives=ManySessions, query=Listing),
    Endpoint("GET", "/sessions/recent", recent, gives=ManySessions, query=Listing),
]
