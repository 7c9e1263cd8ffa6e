"""The fast path: room frames without ASGI between the socket and the room.

uvicorn's WebSocket protocol, with one shortcut. Once Starlette has admitted a connection to
a room (``hand_over``), a plain, complete, masked binary frame goes from the socket straight to
the room, and what the room sends goes straight to the transport. Everything else (fragments,
control frames, other opcodes, frames in parts, whatever is wrong) goes through the library's
state machine as before, so that RFC 6455 holds in full.
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
from server.rooms.reader import Reader
from server.rooms.wire import BINARY

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


class Lane:
    """A connection that was handed over: ``Readable`` for what reads, ``Socket`` for the room.

    Small and apart from the protocol, whose attributes a keystroke then need not touch: with
    hundreds of connections, memory that is not in a cache is most of what one costs.
    """

    __slots__ = ("_fileno", "_message", "_protocol", "_reader", "_transport", "closing", "full",
                 "guest", "plain")  # fmt: skip

    def __init__(self, protocol: RoomProtocol, reader: Reader | None) -> None:
        """``reader`` reads it, where it can read a socket past the transport."""
        self._protocol = protocol
        self._transport = protocol.transport
        self._reader = reader if self._transport.get_extra_info("sslcontext") is None else None
        self._fileno = -1
        self.guest: Guest | None = None
        self.plain = False
        """Whether the next byte begins a frame, so that the shortcut may be taken."""
        self.closing = False
        """Whether a close frame was sent: nothing may follow it."""
        self.full = False
        """Whether the transport holds more than it likes."""

    def start(self, guest: Guest) -> None:
        """From now on everything that arrives is for ``guest``."""
        self.guest = guest
        self._message = guest.message
        if self._transport.is_closing():
            return  # lost while the room was being opened: its number may be another's by now
        if self._reader is None:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
            self._fileno = self._transport.get_extra_info("socket").fileno()
            self._reader.add(self._fileno, self)

    def end(self) -> None:
        """The connection is gone."""
        if self._reader is not None:
            self._reader.remove(self._fileno, self)
        self.plain = False
        guest, self.guest = self.guest, None
        if guest is not None:
            guest.lost()

    # -- receiving -------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Plain frames go to the room, whatever else there is to the library."""
        at = self._take_plain(data) if self.plain else 0
        if at < len(data):
            self._protocol.take(data[at:] if at else data)
            self.look()

    def look(self) -> None:
        """The library has done something: see where that leaves us."""
        self.closing = self._protocol.close_sent
        self.plain = self._protocol.between_frames()

    def eof(self, error: Exception | None) -> None:
        """Nothing more will arrive; what was written may still leave."""
        if error is None:
            self._transport.close()
        else:
            self._transport.abort()

    def _take_plain(self, data: bytes) -> int:
        """Hand plain frames at the front of ``data`` to the guest; return where they end."""
        at, size = 0, len(data)
        while size - at >= 6 and data[at] == BINARY:
            mask = at + 2
            length = data[at + 1] - 0x80  # negative where there is no mask
            if length == 126 and size - at >= 8:
                length = data[mask] << 8 | data[mask + 1]
                mask += 2
                if length < 126:
                    break  # not the shortest form: the library has the say
            elif not 0 <= length < 126:
                break  # 127 is rare and large: nothing to gain
            start = mask + 4
            end = start + length
            if end > size:
                break
            self._message(apply_mask(data[start:end], data[mask:start]))
            at = end
            if self.closing:  # whatever follows is not for the room any more
                return size
        return at

    # -- the room's socket -----------------------------------------------------------------

    def write(self, frames: bytes) -> int:
        """Send whole server frames in one write; return how many bytes the transport holds,
        counted only once it is over its high-water mark."""
        transport = self._transport
        if self.closing or transport.is_closing():
            return 0
        transport.write(frames)
        return transport.get_write_buffer_size() if self.full else 0

    def close(self, code: CloseCode, reason: str) -> None:
        """Begin the closing handshake; cut the transport if the client does not go."""
        if not self.closing and not self._transport.is_closing():
            self.closing = True
            self.plain = False  # what still comes is for the closing handshake
            self._protocol.send_away(code, reason)


class RoomProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection, which the app may hand over to a room."""

    lane: Lane | None = None

    # -- the hand-over ---------------------------------------------------------------------

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            extensions = cast(dict[str, object], self.scope["extensions"])
            extensions[EXTENSION] = self.hand_over

    def hand_over(self, enter: Callable[[Lane], Guest], reader: Reader | None) -> None:
        """Give everything this connection receives from now on to the guest that ``enter``
        makes of it.

        The ASGI app may then return: the connection lives until either side ends it.
        """
        lane = self.lane = Lane(self, reader)
        guest = enter(lane)
        lane.start(guest)
        while not self.queue.empty():
            self._early(guest, self.queue.get_nowait())
        lane.look()

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
        if self.lane is None:
            if self.close_timer is None:
                self.transport.close()
        else:
            del self.scope, self.request, self.response

    # -- receiving -------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.lane is not None:
            self.lane.data_received(data)
        else:
            self.take(data)

    def take(self, data: bytes) -> None:
        """Give bytes to the library, as its user does, except that messages before a mistake are
        not lost."""
        self.conn.receive_data(data)
        self.handle_events()
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()

    def between_frames(self) -> bool:
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
        if self.lane is None or self.lane.guest is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self.lane.guest.message(bytes(data))
            return
        try:
            data.decode()
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        self.lane.guest.text()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.lane is not None:
            self.lane.full = True

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.lane is not None:
            self.lane.full = False

    # -- the end ---------------------------------------------------------------------------

    def send_away(self, code: CloseCode, reason: str) -> None:
        """Send a close frame, and cut the transport if the client does not answer it."""
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._cut_later()

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
        if self.lane is not None:
            self.lane.end()
