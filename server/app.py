"""The ASGI app: routes, and what every request passes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount

from server.api import (
    accounts,
    calls,
    chat,
    health,
    ice,
    inngest,
    invites,
    lists,
    live,
    meter,
    openapi,
    people,
    pictures,
    practice,
    problems,
    runs,
    sessions,
    socket,
    stats,
    webhooks,
)
from server.api.answers import answer_api_error, answer_bug, answer_http_error
from server.api.headers import ContentPolicy, SecurityHeaders, further_sources
from server.api.meter import HttpMeter
from server.api.pages import WebApp
from server.composition import composed
from server.errors import ApiError
from server.logs import REQUEST_ID, RequestLog
from server.settings import Settings


def create_app(settings: Settings, embedded: str = "") -> Starlette:
    """The whole server as an ASGI app. `embedded`: the address of an embedded database that all
    workers share; without it and without DB_URL the app starts one of its own.

    Its lifespan starts everything and raises StartupError, saying what to do, when that cannot
    be; then `app.state.parts` tells what is on.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with composed(settings, embedded) as (services, parts, inngest):
            app.state.services, app.state.parts, app.state.inngest = services, parts, inngest
            yield

    policy = ContentPolicy(further_sources(settings))
    middleware = [
        Middleware(RequestLog),
        Middleware(HttpMeter),
        Middleware(SecurityHeaders, policy),
    ]
    if settings.client_url:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.client_url,
                allow_credentials=True,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", REQUEST_ID],
                expose_headers=[REQUEST_ID, "Retry-After"],
                max_age=7200,  # the longest that Chromium keeps a preflight for
            )
        )
    return Starlette(
        routes=_routes(settings),
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={
            ApiError: answer_api_error,
            HTTPException: answer_http_error,
            Exception: answer_bug,
        },
    )


def _routes(settings: Settings) -> list[BaseRoute]:
    # lists before sessions: /sessions/active is no session's id
    api = (
        *(accounts, pictures, webhooks, problems, practice),
        *(lists, sessions, people, invites, runs, chat, calls, ice, stats),
    )
    return [
        *health.routes,
        *meter.routes,
        *openapi.routes,
        *socket.routes,
        *live.routes,
        *inngest.routes,
        Mount("/api", routes=[route for resource in api for route in resource.routes]),
        Mount("/", WebApp(settings.web_dir)),
    ]
