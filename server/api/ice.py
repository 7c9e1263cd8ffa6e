"""Which servers help the browsers of a built-in call to reach each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of
from server.api.answers import Json
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.api.sessions import IN_SESSION, member
from server.api.shapes import Moment, Shape
from server.auth.turn import turn_credential
from server.errors import PracticeSession, SessionEnded
from server.settings import Settings
from server.store.database import now


class IceServer(Shape, frozen=True, omit_defaults=True):
    """As `RTCPeerConnection` takes it. A TURN server has `username` and `credential`."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class IceServers(Shape, frozen=True):
    """`expiresAt`: until when the name and the password are good; null where there are none."""

    ice_servers: list[IceServer]
    expires_at: Moment | None


async def ice(request: Request) -> Response:
    """The STUN and TURN servers for the call of an active session, with a name and a password
    for the asker; none where calls are not built in."""
    caller = await caller_of(request)
    session, _ = await member(request, caller)
    session.refuse_practice()
    if not session.active:
        raise SessionEnded
    return Json(ice_servers(services_of(request).settings, caller.user_id, now()))


def ice_servers(settings: Settings, user_id: str, moment: datetime) -> IceServers:
    """What somebody gets who asks at that moment."""
    if settings.media != "builtin":
        return IceServers([], None)
    servers = [IceServer(list(settings.stun_urls))] if settings.stun_urls else []
    if not settings.turn_urls:
        return IceServers(servers, None)
    until = (moment + timedelta(seconds=settings.turn_ttl_seconds)).replace(microsecond=0)
    turn = turn_credential(settings.turn_secret, user_id, until)
    return IceServers([*servers, IceServer(list(settings.turn_urls), *turn)], until)


routes = [
    Endpoint(
        "GET",
        "/sessions/{id}/ice",
        ice,
        gives=IceServers,
        errors=(*IN_SESSION, PracticeSession, SessionEnded),
    ),
]
