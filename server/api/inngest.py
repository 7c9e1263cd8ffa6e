"""Where Inngest calls the background jobs.

Not a route of our own API, so not described with it: what is said there is between Inngest and
its SDK, which `server.composition` puts behind this door.
"""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.answers import read_bytes
from server.api.services import services_of
from server.errors import NotFound, NotSignedIn

PATH: Final = "/api/inngest"

BODY_BYTES: Final = 4 * 1024 * 1024  # the most that Inngest sends

SIGNATURE_SECONDS: Final = 300.0
"""How old a signature may be, as in Inngest's other SDKs: the one for Python looks at no times,
and would take a request that somebody recorded for ever."""


class Door(BaseRoute):
    """Lets through what was signed lately and is not too large; whether the signature is right
    is for the SDK to say. Nothing is here while Inngest is not configured."""

    path = PATH

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        here = scope["type"] == "http" and scope["path"] == PATH
        return (Match.FULL, {"route": self}) if here else (Match.NONE, {})

    def url_path_for(self, name: str, /, **params: object) -> URLPath:
        """It has no name to be found by."""
        raise NoMatchFound(name, params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotFound, TooManyRequests, NotSignedIn, TooLarge or RequestTimeout."""
        request = Request(scope, receive)
        services = services_of(request)
        served: ASGIApp | None = request.app.state.inngest
        if served is None:
            raise NotFound
        await services.limits.address(request)
        _check_age(request)
        body = await read_bytes(request, BODY_BYTES)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await served(scope, again, send)


def _check_age(request: Request) -> None:
    signature = parse_qs(request.headers.get("x-inngest-signature", ""))
    signed_at = signature.get("t", [""])[0]
    fresh = signed_at.isdecimal() and abs(time.time() - int(signed_at)) <= SIGNATURE_SECONDS
    if not fresh or "s" not in signature:
        raise NotSignedIn("Only Inngest may ask here, signing each request.")


routes = [Door()]
