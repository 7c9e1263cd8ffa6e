"""Who a request is from, and whether a browser's site may make it.

A token comes as `Authorization: Bearer`, or in the cookie that browsers send by themselves. As
they also send it for other sites' pages, whatever changes something by cookie must come from
a site of ours, told by Origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from server.api.services import services_of
from server.auth.principal import Principal
from server.errors import ForeignOrigin, GuestsCannot, NotSignedIn
from server.store.users import User

COOKIE: Final = "session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody as they are now; `by_cookie`: the browser said who, not the page."""

    user: User
    by_cookie: bool

    @property
    def user_id(self) -> str:
        return self.user.id

    @property
    def principal(self) -> Principal:
        return Principal(self.user.id, self.user.name, self.user.kind)


async def caller_of(request: Request) -> Caller:
    """Who this is, read afresh from the store: an account that is gone, or was signed out
    everywhere, is out at once and on every worker.

    Raises NotSignedIn, TooManyRequests, StorageUnavailable, IssuerUnavailable (for a token of an
    issuer), or ForeignOrigin for an unsafe request by cookie from elsewhere.
    """
    token, by_cookie = _token_of(request)
    if by_cookie and request.method not in SAFE_METHODS and not allowed_origin(request):
        raise ForeignOrigin
    return Caller(await _user_behind(request, token, by_cookie=by_cookie), by_cookie)


async def listener_of(websocket: WebSocket) -> Caller:
    """Who opens a WebSocket that takes no ticket; raises what `caller_of` does.

    A browser sends the cookie for any site's page, but always says which site's it is.
    """
    refuse_foreign(websocket)
    token, by_cookie = _token_of(websocket)
    return Caller(await _user_behind(websocket, token, by_cookie=by_cookie), by_cookie)


def _token_of(connection: HTTPConnection) -> tuple[str, bool]:
    """The sign-in that was sent, and whether the browser sent it by itself (the cookie).

    Raises NotSignedIn.
    """
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise NotSignedIn("Sign in with a bearer token.")
        return bearer.strip(), False
    cookie = connection.cookies.get(COOKIE)
    if not cookie:
        raise NotSignedIn
    return cookie, True


async def _user_behind(connection: HTTPConnection, token: str, *, by_cookie: bool) -> User:
    """Whose token it is: one of ours, or as a bearer token also one of the issuer."""
    services = services_of(connection)
    external = services.external
    if by_cookie or external is None or not external.issued(token):
        return await _signed_in_as(connection, token)
    user = await external.user_of(token, issuers_parties(connection))
    await services.limits.user(connection, user.id)
    return user


async def _signed_in_as(connection: HTTPConnection, token: str) -> User:
    services = services_of(connection)
    access = services.tokens.read_access(token)
    await services.limits.user(connection, access.user_id)
    user = await services.users.get(access.user_id)
    if user is None:
        raise NotSignedIn("This account is gone; sign in again.")
    if user.signed_out_at is not None and access.issued_at < user.signed_out_at:
        raise NotSignedIn("You were signed out; sign in again.")
    return user


async def caller_or_nobody(request: Request) -> Caller | None:
    """Like `caller_of`, but somebody not signed in, or whose cookie has expired, is nobody.

    Raises NotSignedIn for a bad bearer token (nobody sends one by accident) and ForeignOrigin.
    """
    try:
        return await caller_of(request)
    except NotSignedIn:
        if "authorization" in request.headers:
            raise
        refuse_foreign(request)
        return None


async def user_of(request: Request) -> Caller:
    """A caller with an account; raises GuestsCannot for a guest, and what `caller_of` does."""
    caller = await caller_of(request)
    if caller.user.kind != "user":
        raise GuestsCannot
    return caller


def refuse_foreign(connection: HTTPConnection) -> None:
    """For what needs no sign-in but sets the cookie: another site must not sign people in.
    And for WebSockets: another site must not listen."""
    if "origin" in connection.headers and not allowed_origin(connection):
        raise ForeignOrigin


def allowed_origin(connection: HTTPConnection) -> bool:
    """Whether the request or WebSocket names an Origin that is ours."""
    return connection.headers.get("origin") in own_origins(connection)


def own_origins(connection: HTTPConnection) -> set[str]:
    """Where our pages are: the request's own host, PUBLIC_URL and CLIENT_URL."""
    settings = services_of(connection).settings
    public = {settings.public_url.rstrip("/")} - {""}
    return {own_base(connection), *public, *settings.client_url}


def issuers_parties(connection: HTTPConnection) -> set[str]:
    """The pages whose sign-in at the issuer counts here: those of PUBLIC_URL and CLIENT_URL.

    The request's own host is whatever its sender writes, who may have the token from another
    page: it counts only where PUBLIC_URL is empty, and nothing else can tell where we are.
    """
    settings = services_of(connection).settings
    return {settings.public_url.rstrip("/") or own_base(connection), *settings.client_url}


def own_base(connection: HTTPConnection) -> str:
    """The address the request came to: scheme and host, without a slash at the end.

    Behind a proxy that ends TLS the scheme may be lost: PUBLIC_URL tells it.
    """
    public = services_of(connection).settings.public_url.rstrip("/")
    url = connection.url
    if public and urlsplit(public).netloc == url.netloc:
        return public
    scheme = {"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)
    return f"{scheme}://{url.netloc}"


def public_base(connection: HTTPConnection) -> str:
    """The address to give to others."""
    return services_of(connection).settings.public_url.rstrip("/") or own_base(connection)


def set_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(services_of(request).tokens.access_ttl.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=own_base(request).startswith("https:"),
    )


def clear_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        COOKIE, httponly=True, samesite="lax", secure=own_base(request).startswith("https:")
    )
