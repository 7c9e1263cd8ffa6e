"""HTTP as uvicorn speaks it, with bounds on the head of a request and on what follows its body,
an end that leaves no request without an answer, and what it believes of a proxy.

Its parser takes a line or a header of any length, and waits for the rest for ever (tried: 20 MB of
headers were taken, and kept). The same goes for the trailers of a body in chunks, which are headers
again, and for what may be said beside a chunk's size. Bodies themselves are bounded where they are
read, in `server.api.answers`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 32 * 1024
"""Request line and headers: four times what a browser with a full jar of cookies sends. What came
in the same read as the byte that was too many is taken too. Also what may arrive between two pieces
of a body, and after the last."""

HEAD_SECONDS: Final = 20.0
"""How long a head may take to arrive, and a connection may wait with its first; also how long the
rest of a body that nobody reads is listened to."""

LINGER_SECONDS: Final = 0.3
"""How long a connection that waits for a request is kept when the server stops: one may be on its
way, also the first of a connection that was taken this moment. Several round trips of a network."""

TOO_LARGE: Final = b'{"message":"The headers are too large.","code":"too_large","requestId":""}'
REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(TOO_LARGE), TOO_LARGE)
)


class BoundedHttp(HttpToolsProtocol):
    """One HTTP connection."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    """Whether a head is arriving, or the next thing to arrive."""
    _head_bytes = 0
    _idle_bytes = 0
    """What came since the head without being a piece of the body."""
    _ending = False
    """Whether the next request is the last, as the server stops."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            self._hurry()
        else:
            self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > HEAD_BYTES:
            self._close()
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(REFUSAL)
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._calm()
        super().on_headers_complete()
        if self._ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = True
        self._idle_bytes = 0
        self._calm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_head and not self.transport.is_closing():
            self._hurry()

    def handle_websocket_upgrade(self) -> None:
        if self._ending:
            self._close()  # the rooms are about to be put away: another worker has them
        else:
            super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server stops: the request being answered is the last, or the one that may come."""
        if self._waits():
            self._ending = True
            self.loop.call_later(LINGER_SECONDS, self._leave)
        else:
            super().shutdown()

    def _waits(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _leave(self) -> None:
        if self._waits():
            self._close()

    def _hurry(self) -> None:
        """Close the connection in `HEAD_SECONDS`, unless what is awaited has come."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._close)

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


FORWARDED_FOR: Final = b"x-forwarded-for"


class NearestHop:
    """ASGI middleware: of X-Forwarded-For only the last address counts.

    That is the one which whoever connects to us wrote; all before it is what their client said.
    For TRUSTED_PROXIES=*, where uvicorn would believe the first one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hops = [value for name, value in scope.get("headers", ()) if name == FORWARDED_FOR]
        if hops:
            others = [(name, value) for name, value in scope["headers"] if name != FORWARDED_FOR]
            last = hops[-1].rpartition(b",")[2].strip()
            scope = {**scope, "headers": [*others, (FORWARDED_FOR, last)]}
        await self.app(scope, receive, send)
