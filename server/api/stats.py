"""Somebody's own figures, for the dashboard."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of
from server.api.answers import Json, Query, read_query
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.store.stats import Figures


class Span(Query, frozen=True):
    days: Annotated[int, Meta(ge=1, le=365)] = 30


async def stats(request: Request) -> Response:
    """The caller's own figures, of all times and day by day."""
    caller = await caller_of(request)
    span = read_query(request, Span)
    return Json(await services_of(request).stats.of_user(caller.user_id, span.days))


routes = [Endpoint("GET", "/stats", stats, gives=Figures, query=Span)]
