"""The fast path: room frames without ASGI between the socket and the room.

uvicorn's WebSocket protocol, with one shortcut. Once Starlette has admitted a connection to
a room (``hand_over``), a plain, complete, masked binary frame goes from ``data_received``
straight to the room, and what the room sends goes straight to the transport. Everything
else (fragments, control frames, other opcodes, frames in parts, whatever is wrong) goes
through the library's state machine as before, so that RFC 6455 holds in full.
"""

from __future__ import annotations

from collections.abc import Callable
from types import GeneratorType
from typing import Any, Final, Protocol, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.streams import StreamReader

from crdt.errors import CloseCode

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - no wheel with it for this platform
    from websockets.utils import apply_mask

EXTENSION: Final = "interview.room"
"""The key in the ASGI scope's ``extensions`` under which ``hand_over`` is found."""

CLOSE_SECONDS: Final = 5.0
"""How long a client that was sent away may take to go before the transport is cut."""

_BETWEEN_FRAMES: Final = StreamReader.at_eof.__code__
"""Where the library's parser waits when no frame has begun."""


class Guest(Protocol):
    """What a connection is handed over to."""

    def message(self, message: bytes) -> None:
        """One whole binary message."""

    def text(self) -> None:
        """A text message came: not of this protocol."""

    def lost(self) -> None:
        """The connection is gone."""


class RoomProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection; a ``Socket`` of the room once it was handed over."""

    _guest: Guest | None = None
    _plain: bool = False
    """Whether the next byte begins a frame, so that the shortcut may be taken."""
    _full: bool = False
    """Whether the transport holds more than it likes."""

    # -- the hand-over ---------------------------------------------------------------------

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            extensions = cast(dict[str, object], self.scope["extensions"])
            extensions[EXTENSION] = self.hand_over

    def hand_over(self, enter: Callable[[RoomProtocol], Guest]) -> None:
        """Give everything this connection receives from now on to the guest that ``enter``
        makes of it.

        The ASGI app may then return: the connection lives until either side ends it.
        """
        guest = self._guest = enter(self)
        while not self.queue.empty():
            self._early(guest, self.queue.get_nowait())
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._plain = self._between_frames()

    def _early(self, guest: Guest, message: Any) -> None:
        """A message that came before the room was open."""
        if message["type"] == "websocket.disconnect":
            self.loop.call_soon(self._end)
        elif message["type"] == "websocket.receive":
            if message.get("bytes") is not None:
                guest.message(message["bytes"])
            else:
                guest.text()

    async def run_asgi(self) -> None:
        """Run the app, as the library does; but its return does not end a connection that was
        handed over, and what only the app needed is let go."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            self.send_500_response()
            self.transport.close()
        else:
            if not self.handshake_complete:
                self.logger.error("The ASGI application returned without an answer.")
                self.send_500_response()
        if self._guest is None:
            if self.close_timer is None:
                self.transport.close()
        else:
            del self.scope, self.request, self.response

    # -- receiving -------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._plain and self._guest is not None:
            at = self._take_plain(self._guest, data)
            if at == len(data):
                return
            data = data[at:]
        # As the library's user does, except that messages before a mistake are not lost.
        self.conn.receive_data(data)
        self.handle_events()
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()
        if self._guest is not None:
            self._plain = self._between_frames()

    def _take_plain(self, guest: Guest, data: bytes) -> int:
        """Hand plain frames at the front of ``data`` to the guest; return where they end."""
        at, left = 0, len(data)
        while left >= 6 and data[at] == 0x82 and data[at + 1] & 0x80:
            size = data[at + 1] & 0x7F
            mask = at + 2
            if size == 126:
                if left < 8:
                    break
                size = data[mask] << 8 | data[mask + 1]
                mask += 2
                if size < 126:
                    break  # not the shortest form: the library has the say
            elif size == 127:
                break  # rare and large: nothing to gain
            start = mask + 4
            end = start + size
            if end > len(data):
                break
            guest.message(apply_mask(data[start:end], data[mask:start]))
            if self.close_sent:  # whatever follows is not for the room any more
                self._plain = False
                return end
            left -= end - at
            at = end
        return at

    def _between_frames(self) -> bool:
        """Whether the library's parser has nothing begun: no frame, no fragmented message."""
        conn = self.conn
        if conn.state is not OPEN or conn.current_size is not None or self.close_sent:
            return False
        waiting = cast("GeneratorType[None, None, None]", conn.parser)
        while isinstance(waiting.gi_yieldfrom, GeneratorType):
            waiting = waiting.gi_yieldfrom
        return waiting.gi_code is _BETWEEN_FRAMES

    def send_receive_event_to_app(self) -> None:
        """A message the library put together."""
        if self._guest is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self._guest.message(bytes(data))
            return
        try:
            data.decode()
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        self._guest.text()

    # -- the room's socket -----------------------------------------------------------------

    @property
    def unsent(self) -> int:
        """Bytes the transport holds; asked only once it is over its high-water mark."""
        return self.transport.get_write_buffer_size() if self._full else 0

    def write(self, frames: list[bytes]) -> None:
        """Send whole server frames in one write."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def close(self, code: CloseCode, reason: str) -> None:
        """Begin the closing handshake; cut the transport if the client does not go."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._plain = False  # what still comes is for the closing handshake
        self._cut_later()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self._full = False

    # -- the end ---------------------------------------------------------------------------

    def keepalive_timeout(self) -> None:
        """The client is gone without a word; what waits for it must not keep it here."""
        super().keepalive_timeout()
        self._cut_later()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end()

    def _cut_later(self) -> None:
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def _end(self) -> None:
        guest, self._guest = self._guest, None
        self._plain = False
        if guest is not None:
            guest.lost()
