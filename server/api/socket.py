"""The WebSocket of a room: who may come in, then bytes to the room and back.

Whoever is refused is refused after accepting, so that the client can read the close code.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from crdt.errors import CloseCode
from crdt.limits import INTRODUCTION_SECONDS
from crdt.replica import Peer, Role
from server.api.access import COOKIE, allowed_origin
from server.api.services import Services, services_of
from server.api.views import session_view
from server.auth.tokens import Ticket
from server.errors import (
    ApiError,
    BadTicket,
    ForeignOrigin,
    NotAllowed,
    Removed,
    SessionEnded,
)
from server.rooms import fast
from server.rooms.chat import Arrival
from server.rooms.connection import Connection, Socket, short
from server.rooms.reader import Reader
from server.rooms.record import Run, for_arrival
from server.rooms.room import Room
from server.rooms.wire import unframed

log = structlog.stdlib.get_logger(__name__)


class AsgiSocket:
    """`Socket` over any ASGI server: messages wait in a list that one task at a time drains.

    `on_close` is called once, when the server begins to close.
    """

    def __init__(self, websocket: WebSocket, on_close: Callable[[], None]) -> None:
        self._websocket = websocket
        self._on_close = on_close
        self._outbox: list[bytes] = []
        self._unsent = 0
        self._closing: tuple[CloseCode, str] | None = None
        self._draining: asyncio.Task[None] | None = None

    def write(self, frames: bytes) -> int:
        self._outbox.append(frames)
        self._unsent += len(frames)
        self._drain_soon()
        return self._unsent

    def close(self, code: CloseCode, reason: str) -> None:
        self._closing = (code, reason)
        self._drain_soon()
        self._on_close()

    def abandon(self) -> None:
        """The client is gone: what has not left never will."""
        if self._draining is not None:
            self._draining.cancel()

    def _drain_soon(self) -> None:
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            while self._outbox and self._closing is None:
                await self._send_all()
            if self._closing is not None:
                code, reason = self._closing
                if code is CloseCode.TOO_FAST:  # one too far behind is not sent even more
                    self._outbox.clear()
                await self._send_all()
                await self._websocket.close(code, reason)
        self._draining = None

    async def _send_all(self) -> None:
        outbox, self._outbox = self._outbox, []
        for frames in outbox:
            for message in unframed(frames):
                await self._websocket.send_bytes(message)
            self._unsent -= len(frames)


class RoomGuest:
    """One person in a room, whatever carries the bytes."""

    def __init__(
        self, services: Services, room: Room, peer: Peer, ticket_from: datetime, socket: Socket
    ) -> None:
        """Join the room; from here on `socket` is the room's to write to."""
        loop = asyncio.get_running_loop()
        self._hub = services.hub
        self._room = room
        self._connection = self._hub.join(room, peer, socket, ticket_from)
        self.message = partial(room.receive, self._connection)
        self._deadline = loop.call_later(INTRODUCTION_SECONDS, self._check_introduced)
        self._greeting = (
            loop.create_task(_greet(services, room, self._connection)) if peer.events else None
        )

    def text(self) -> None:
        self._connection.close(CloseCode.BAD_FRAME, "messages are binary")

    def lost(self) -> None:
        self._deadline.cancel()
        if self._greeting is not None:
            self._greeting.cancel()
        self._hub.leave(self._room, self._connection)

    def _check_introduced(self) -> None:
        if not self._connection.peer.introduced:
            self._connection.close(CloseCode.TOO_SLOW, "no sync step 1 arrived in time")


async def room_socket(websocket: WebSocket) -> None:
    """`GET /ws/rooms/{id}?ticket=…[&events=1][&epoch=…]`"""
    await websocket.accept()
    services = services_of(websocket)
    try:
        await services.limits.address(websocket)
        ticket = _admit(services, websocket)
        await services.limits.user(websocket, ticket.user_id)
        room = await services.hub.open(ticket.session_id)
        if room.closed:
            raise SessionEnded
        if room.refuses(ticket.user_id, ticket.issued_at):
            raise Removed
        if services.sign_outs.refuses(ticket.user_id, ticket.issued_at):
            raise BadTicket
    except ApiError as error:
        await _refuse(websocket, error.close_code, error.message)
        return
    if room.full:
        await _refuse(websocket, CloseCode.TOO_FAST, "this room has no place left")
        return
    if websocket.query_params.get("epoch", room.epoch) != room.epoch:
        await _refuse(websocket, CloseCode.WRONG_EPOCH, "this document was replaced; start over")
        return
    peer = Peer(
        secrets.token_hex(8),
        ticket.user_id,
        ticket.name,
        ticket.role,
        events=websocket.query_params.get("events") == "1",
    )
    enter = partial(RoomGuest, services, room, peer, ticket.issued_at)
    await _serve(websocket, enter, services.hub.reader)


def _admit(services: Services, websocket: WebSocket) -> Ticket:
    """The ticket of the request; raises an ApiError that says why not."""
    if "origin" in websocket.headers and not allowed_origin(websocket):
        raise ForeignOrigin
    ticket = services.tokens.ticket_principal(
        websocket.query_params.get("ticket", ""), websocket.cookies.get(COOKIE)
    )
    if ticket.session_id != websocket.path_params["id"]:
        raise NotAllowed("This ticket is for another session.")
    return ticket


async def _serve(
    websocket: WebSocket, enter: Callable[[Socket], RoomGuest], reader: Reader | None
) -> None:
    """Carry bytes between the WebSocket and the room until either ends it."""
    hand_over = websocket.scope["extensions"].get(fast.EXTENSION)
    if hand_over is not None:
        hand_over(enter, reader)
        return
    loop = asyncio.get_running_loop()
    ending = asyncio.timeout(None)
    socket = AsgiSocket(websocket, lambda: ending.reschedule(loop.time() + fast.CLOSE_SECONDS))
    guest = enter(socket)
    try:
        async with ending:
            await _read(websocket, guest)
    except TimeoutError:
        log.info("client did not go")
    finally:
        guest.lost()
        socket.abandon()


async def _read(websocket: WebSocket, guest: RoomGuest) -> None:
    """Until the client is gone: every message to the room."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes")
        if data is None:
            guest.text()
        else:
            guest.message(data)


async def _greet(services: Services, room: Room, connection: Connection) -> None:
    """Send `hello`: what somebody who comes late has missed."""
    peer = connection.peer
    try:
        shown, stored, chat = await _missed(services, room)
    except ApiError as error:
        connection.close(error.close_code, error.message)
        return
    participant = shown["participant"] and shown["participant"]["_id"]
    if peer.role is Role.SPECTATOR and peer.user_id == participant:
        connection.close(CloseCode.RESTARTING, "you have the candidate's seat now")
        return
    hello: dict[str, Any] = {
        "type": "hello",
        "role": peer.role,
        "epoch": room.epoch,
        "connection": peer.id,
        "you": {"_id": peer.user_id, "name": peer.name},
        "session": shown,
        "roster": room.people(),
        "runs": for_arrival(services.desk.current(room.session_id, stored)),
        "runner": services.desk.available(),
        "chat": chat and services.chat.admit(room, peer, chat, participant),
        "media": {"kind": "off" if shown["kind"] == "practice" else services.settings.media},
        "recording": room.keeping.recording,
        "apart": services.hub.apart.on,
    }
    connection.send_event(hello)
    for event in services.desk.rest(room.session_id):
        connection.send_event(event)


Missed = tuple[dict[str, Any], Sequence[Run], Arrival | None]
"""The session as everybody may see it, its runs, and its chat, which practice has none of."""


async def _missed(services: Services, room: Room) -> Missed:
    """Read once for all who come at the same time; again for one who came while it was being
    read, and would hear neither by it nor by the room of what was said meanwhile."""
    read = partial(_stored, services, room.session_id)
    while True:
        missed: Missed = await services.arrivals.get(room.session_id, read)
        if missed[2] is None or not missed[2].behind(room.chat):
            return missed


async def _stored(services: Services, session_id: str) -> Missed:
    session = await services.sessions.get(session_id)
    return (
        await session_view(services, session),
        await services.desk.stored(session_id),
        None if session.kind == "practice" else await services.chat.arrival(session_id),
    )


async def _refuse(websocket: WebSocket, code: CloseCode, reason: str) -> None:
    services_of(websocket).hub.pulse.closes[code] += 1
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(code, short(reason))


routes = [WebSocketRoute("/ws/rooms/{id}", room_socket)]
