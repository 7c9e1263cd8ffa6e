"""The WebSocket of a room: who may come in, then bytes to the room and back.

Whoever is refused is refused after accepting, so that the client can read the close code.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from crdt.errors import CloseCode
from crdt.limits import INTRODUCTION_SECONDS
from crdt.replica import Peer
from server.api.access import COOKIE, allowed_origin
from server.api.services import Services, services_of
from server.api.views import session_view
from server.auth.tokens import Ticket
from server.errors import (
    ApiError,
    ForeignOrigin,
    NotAllowed,
    SessionEnded,
)
from server.rooms.connection import Connection
from server.rooms.room import Room

log = structlog.stdlib.get_logger(__name__)

REASON_BYTES: Final = 120
"""A close reason has at most 123 bytes (RFC 6455 section 5.5)."""

CLOSE_SECONDS: Final = 5.0
"""How long a client that was sent away may take to go before it is dropped."""


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

    @property
    def unsent(self) -> int:
        return self._unsent

    def send(self, message: bytes) -> None:
        self._outbox.append(message)
        self._unsent += len(message)
        self._drain_soon()

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
                messages, self._outbox = self._outbox, []
                for message in messages:
                    await self._websocket.send_bytes(message)
                    self._unsent -= len(message)
            if self._closing is not None:
                await self._close(*self._closing)
        self._draining = None

    async def _close(self, code: CloseCode, reason: str) -> None:
        messages, self._outbox, self._unsent = self._outbox, [], 0
        if code is not CloseCode.TOO_FAST:  # one too far behind is not sent even more
            for message in messages:
                await self._websocket.send_bytes(message)
        await self._websocket.close(code, _short(reason))


async def room_socket(websocket: WebSocket) -> None:
    """`GET /ws/rooms/{id}?ticket=…[&events=1][&epoch=…]`"""
    await websocket.accept()
    services = services_of(websocket)
    try:
        ticket = _admit(services, websocket)
        room = await services.hub.open(ticket.session_id)
        if room.closed:
            raise SessionEnded
    except ApiError as error:
        await _refuse(websocket, error.close_code, error.message)
        return
    if room.full:
        await _refuse(websocket, CloseCode.TOO_FAST, "this room has no place left")
        return
    if websocket.query_params.get("epoch", room.epoch) != room.epoch:
        await _refuse(websocket, CloseCode.WRONG_EPOCH, "this document was replaced; start over")
        return
    await _serve(services, websocket, room, ticket)


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


async def _serve(services: Services, websocket: WebSocket, room: Room, ticket: Ticket) -> None:
    peer = Peer(
        secrets.token_hex(8),
        ticket.user_id,
        ticket.name,
        ticket.role,
        events=websocket.query_params.get("events") == "1",
    )
    loop = asyncio.get_running_loop()
    ending = asyncio.timeout(None)
    socket = AsgiSocket(websocket, lambda: ending.reschedule(loop.time() + CLOSE_SECONDS))
    connection = Connection(peer, socket, loop.time)
    deadline = loop.call_later(INTRODUCTION_SECONDS, _check_introduced, connection)
    greeting = loop.create_task(_greet(services, room, connection))
    try:
        async with ending:
            services.hub.join(room, connection)
            await _read(websocket, room, connection)
    except TimeoutError:
        log.info("client did not go", session=room.session_id, user=peer.user_id)
    finally:
        deadline.cancel()
        greeting.cancel()
        connection.open = False
        services.hub.leave(room, connection)
        socket.abandon()


async def _read(websocket: WebSocket, room: Room, connection: Connection) -> None:
    """Until the client is gone: every message to the room."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes")
        if data is None:
            connection.close(CloseCode.BAD_FRAME, "messages are binary")
            continue
        try:
            room.receive(connection, data)
        except Exception:
            log.exception("message failed", session=room.session_id, user=connection.peer.user_id)
            connection.close(CloseCode.INTERNAL_ERROR, "something went wrong on our side")


async def _greet(services: Services, room: Room, connection: Connection) -> None:
    """Send `hello`: what somebody who comes late has missed."""
    peer = connection.peer
    if not peer.events:
        return
    try:
        session = await services.sessions.get(room.session_id)
        shown = await session_view(services, session)
        runs = await services.desk.list(room.session_id)
    except ApiError as error:
        connection.close(error.close_code, error.message)
        return
    hello: dict[str, Any] = {
        "type": "hello",
        "role": peer.role,
        "epoch": room.epoch,
        "connection": peer.id,
        "you": {"_id": peer.user_id, "name": peer.name},
        "session": shown,
        "roster": room.people(),
        "runs": runs,
        "runner": services.desk.available(),
    }
    connection.send_event(hello)


def _check_introduced(connection: Connection) -> None:
    if not connection.peer.introduced:
        connection.close(CloseCode.TOO_SLOW, "no sync step 1 arrived in time")


async def _refuse(websocket: WebSocket, code: CloseCode, reason: str) -> None:
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(code, _short(reason))


def _short(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


routes = [WebSocketRoute("/ws/rooms/{id}", room_socket)]
