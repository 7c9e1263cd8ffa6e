"""`GET /ws/live`: tells a page when lists or figures may have changed. No data comes this way.

The first it tells is that everything may have: a page knows by it that it is listened for from
here on, and that what it asked for before may have missed a change.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crdt.errors import CloseCode
from server.api.access import listener_of
from server.api.services import services_of
from server.errors import ApiError
from server.rooms.connection import short
from server.rooms.live import TOPICS, Listener


async def live_socket(websocket: WebSocket) -> None:
    """Whoever is refused is refused after accepting, so that the client can read the code."""
    await websocket.accept()
    services = services_of(websocket)
    live = services.live
    with suppress(WebSocketDisconnect, RuntimeError):
        try:
            await services.limits.address(websocket)
            listener = live.join((await listener_of(websocket)).user_id)
        except ApiError as error:
            await websocket.close(error.close_code, short(error.message))
            return
        listener.tell(TOPICS)
        telling = asyncio.create_task(_tell(websocket, listener))
        try:
            message = await websocket.receive()
        finally:
            telling.cancel()
            live.leave(listener)
        if message["type"] != "websocket.disconnect":
            await websocket.close(CloseCode.BAD_FRAME, "nothing is to be sent here")


async def _tell(websocket: WebSocket, listener: Listener) -> None:
    """Until it is cancelled. What does not get out waits here, and what comes meanwhile is told
    together: a page that does not read costs no memory."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            event = {"type": "changed", "what": await listener.next()}
            await websocket.send_text(msgspec.json.encode(event).decode())


routes = [WebSocketRoute("/ws/live", live_socket)]
