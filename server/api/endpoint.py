"""One route with everything that is to be said about it: the one way to add a route.

    Endpoint("POST", "/sessions/{id}/runs", start, takes=Start, gives=OneRun, status=202,
             errors=(NotAllowed, RunBusy))

What is declared here is what `/openapi.json` and `/docs` tell and what the tests hold the server
to; the first sentence of the handler's docstring is its summary, the rest its description.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Receive, Scope, Send

from server.api.services import services_of
from server.errors import (
    ApiError,
    ForeignOrigin,
    GuestsCannot,
    InvalidBody,
    InvalidQuery,
    NotSignedIn,
    RequestTimeout,
    StorageUnavailable,
    TooLarge,
    TooManyRequests,
)

Handler = Callable[[Request], Awaitable[Response]]

Who = Literal["anybody", "signed in", "account"]
"""Who may call: everybody, whoever is signed in (guests too), or people with an account."""

Errors = tuple[type[ApiError], ...]

REFUSED: Final[dict[Who, Errors]] = {
    "anybody": (),
    "signed in": (NotSignedIn,),
    "account": (NotSignedIn, GuestsCannot),
}


class Endpoint(Route):
    """A handler at a method and a path, and what it takes and gives.

    `gives`: the struct of the answer with `status`, or a media type for what is no JSON.
    `takes`: the struct of the body; `optional`: it may be left out. `query`: a struct whose
    fields are the parameters of the query. `who` may call. `errors`: what it may answer besides
    what follows from the above; `also`: further statuses whose body is `gives`.
    """

    def __init__(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        path: str,
        handler: Handler,
        *,
        gives: type[msgspec.Struct] | str,
        status: int = 200,
        takes: type[msgspec.Struct] | None = None,
        optional: bool = False,
        query: type[msgspec.Struct] | None = None,
        who: Who = "signed in",
        errors: Sequence[type[ApiError]] = (),
        also: Sequence[int] = (),
        stored: bool = True,
    ) -> None:
        """`stored` False: it needs no database, so it never answers that it is away."""
        super().__init__(path, self._answer, methods=[method], name=handler.__name__)
        self.method = method
        self.handler = handler
        self.gives, self.status, self.also = gives, status, tuple(also)
        self.takes, self.optional, self.query = takes, optional, query
        self.who: Who = who
        self.errors = (*errors, *self._implied(stored))

    @property
    def told(self) -> tuple[str, str]:
        """Summary and description."""
        first, _, rest = (inspect.getdoc(self.handler) or "").partition("\n\n")
        return " ".join(first.split()), " ".join(rest.split())

    def _implied(self, stored: bool) -> Errors:
        """What can go wrong before the handler has begun to do its own work."""
        implied: Errors = REFUSED[self.who]
        if self.method != "GET":
            implied += (ForeignOrigin,)
        if self.takes is not None:
            implied += (InvalidBody, TooLarge, RequestTimeout)
        if self.query is not None:
            implied += (InvalidQuery,)
        return (*implied, TooManyRequests, *((StorageUnavailable,) if stored else ()))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; another method is told all that this address takes (RFC 9110, 15.5.6), which
        may be endpoints of their own."""
        if scope["method"] not in (self.methods or ()):
            there = {
                name for each in _beside(scope["app"].routes, scope) for name in each.methods or ()
            }
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(there))})
        await super().handle(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        await services_of(request).limits.address(request)
        return await self.handler(request)


def _beside(routes: Iterable[BaseRoute], scope: Scope) -> Iterator[Endpoint]:
    """Every endpoint at the address of a request, whatever its method."""
    for route in routes:
        if isinstance(route, Mount):
            yield from _beside(route.routes, scope)
        elif isinstance(route, Endpoint) and route.matches(scope)[0] is not Match.NONE:
            yield route
