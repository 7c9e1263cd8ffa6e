"""Where Inngest calls the background jobs; what answers it is put together by `server.app`."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server.api.services import services_of
from server.errors import NotFound


class _Inngest:
    """An ASGI app, for the SDK brings one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = services_of(HTTPConnection(scope)).background.inngest
        if served is None:
            raise NotFound
        await served(scope, receive, send)


routes = [Route("/api/inngest", _Inngest(), methods=["GET", "POST", "PUT"])]
