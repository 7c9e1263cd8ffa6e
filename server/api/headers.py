"""Headers that every answer carries: what a browser may do with it and with its page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import Settings

Sources = Mapping[str, Sequence[str]]
"""What a Content-Security-Policy allows, by directive."""

OWN_SOURCES: Final[Sources] = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "worker-src": ["'self'"],
    # Monaco makes style elements and writes style attributes into the HTML of its lines, and
    # takes a nonce for neither; xterm.js makes style elements too.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "https:"],  # people's pictures
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")

STREAM_VIDEO: Final = "https://video.stream-io-api.com"
"""Its servers for media are elsewhere; whoever puts another one here puts them all there."""

PERMISSIONS: Final = {
    # what a room uses: video, sharing a screen, copying links, and pasting from Monaco's menu
    **dict.fromkeys(
        ("camera", "microphone", "display-capture", "clipboard-write", "clipboard-read"), "(self)"
    ),
    **dict.fromkeys(
        (
            *("accelerometer", "geolocation", "gyroscope", "hid", "magnetometer"),
            *(
                "midi",
                "payment",
                "publickey-credentials-get",
                "serial",
                "usb",
                "xr-spatial-tracking",
            ),
        ),
        "()",
    ),
}

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # an invitation's address is a secret
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}={who}" for name, who in PERMISSIONS.items()),
}

STRICT_TRANSPORT: Final = "max-age=31536000"
"""A year, and for this host alone: what runs beside it is not ours to decide about."""


def further_sources(settings: Settings) -> Sources:
    """What settings add to `OWN_SOURCES`: one branch for each service that pages talk to.

    Raises StartupError for a key that is none.
    """
    further: dict[str, list[str]] = {}
    services: list[Sources] = []
    if settings.clerk_publishable_key:
        from server.auth import clerk  # has an HTTP client, which few need

        host = clerk.frontend_host(settings.clerk_publishable_key)
        services.append(clerk.content_sources(host))
    if settings.media == "stream":
        services.append(_stream_sources(settings))
    for sources in services:
        for name, wanted in sources.items():
            further.setdefault(name, []).extend(wanted)
    return further


def _stream_sources(settings: Settings) -> Sources:
    """What Stream's browser libraries talk to: both APIs over HTTP and WebSocket, and the servers
    that carry the media, whose names are told with each call. Files of its chat are shown."""
    bases = dict.fromkeys((settings.stream_video_url, settings.stream_chat_url))
    connect = [each for base in bases for each in (base, "ws" + base.removeprefix("http"))]
    if settings.stream_video_url == STREAM_VIDEO:
        connect += [f"{scheme}://*.stream-io-video.com" for scheme in ("https", "wss")]
    return {
        "connect-src": connect,
        "img-src": ["blob:"],  # a picture before it is sent
        "media-src": ["'self'", "blob:", "https://*.stream-io-cdn.com"],
    }


class ContentPolicy:
    """The Content-Security-Policy of one server; `further` adds to `OWN_SOURCES`."""

    def __init__(self, further: Sources) -> None:
        merged = {
            name: [*OWN_SOURCES.get(name, []), *further.get(name, [])]
            for name in {**OWN_SOURCES, **further}
        }
        connect = " ".join(merged.pop("connect-src"))
        fixed = "; ".join(f"{name} {' '.join(sources)}" for name, sources in merged.items())
        self._fixed = f"{fixed}; connect-src {connect}"

    def header(self, host: str, *, secure: bool) -> str:
        """For a page of `host`: its own WebSocket is named too, because not every browser takes
        'self' for it (Safari before 15.4)."""
        if not HOST.fullmatch(host):
            return self._fixed
        return f"{self._fixed} {'wss' if secure else 'ws'}://{host}"


class SecurityHeaders:
    """ASGI middleware: adds all of them, and forbids caching of API answers."""

    def __init__(self, app: ASGIApp, policy: ContentPolicy) -> None:
        self.app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        secure = scope["scheme"] == "https"
        host = Headers(scope=scope).get("host", "")
        headers.setdefault("content-security-policy", self._policy.header(host, secure=secure))
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if secure:
            headers.setdefault("strict-transport-security", STRICT_TRANSPORT)
        if scope["path"].startswith("/api/"):
            headers.setdefault("cache-control", "no-store")
