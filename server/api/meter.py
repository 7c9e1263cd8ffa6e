"""Figures for Prometheus: who may read them, and the ones of HTTP itself."""

from __future__ import annotations

import time
from hmac import compare_digest
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.errors import NotAllowed, NotSignedIn


class HttpMeter:
    """ASGI middleware: counts and times requests by the template of their route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500  # what is answered, outside of here, to an error that nobody expected

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            metrics = services_of(Request(scope)).metrics
            method, route = scope["method"], _template(scope)
            metrics.requests.labels(method, route, status).inc()
            metrics.request_seconds.labels(method, route).observe(time.perf_counter() - began)


def _template(scope: Scope) -> str:
    """The route of a request without what it names: one figure a route, not one an address."""
    route = scope.get("route")
    if route is None or isinstance(route, Mount):
        return str(getattr(route, "path", "")) or "web"
    return f"{scope.get('root_path', '')}{getattr(route, 'path', '')}"


async def figures(request: Request) -> Response:
    """Figures for Prometheus, in its text format.

    With METRICS_TOKEN set they are for whoever sends it as a bearer token, otherwise for this
    machine alone. Of several processes (WEB_CONCURRENCY) each answers for all; `worker` tells whose
    a figure is.
    """
    services = services_of(request)
    token = services.settings.metrics_token
    if token:
        given = request.headers.get("authorization", "")
        if not compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise NotSignedIn("Send METRICS_TOKEN as a bearer token.")
    elif not _from_here(request):
        raise NotAllowed("Only this machine may read the figures; METRICS_TOKEN lets others.")
    return Response(await services.metrics.of_all(), headers={"content-type": CONTENT_TYPE_LATEST})


def _from_here(request: Request) -> bool:
    """Whether this machine asks, and by itself: a proxy here may forward for anybody."""
    host = request.client.host if request.client else ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = False
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip", "via"} & {*request.headers}
    return local and not forwarded


routes = [
    Endpoint(
        "GET",
        "/metrics",
        figures,
        gives="text/plain",
        who="anybody",
        errors=(NotSignedIn, NotAllowed),
        stored=False,
    ),
]
