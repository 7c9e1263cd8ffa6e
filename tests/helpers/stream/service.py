"""The stand-in as a server on a port: who may ask, what is asked, and how it can fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.helpers.server import wait_until
from tests.helpers.stream.chat import Chat
from tests.helpers.stream.parts import (
    BAD_KEY,
    BAD_SIGNATURE,
    KEY,
    NOT_FOUND,
    SECRET,
    Asked,
    Call,
    Channel,
    Json,
    Refused,
    caller_of,
    stamp,
)
from tests.helpers.stream.sfu import Sfu
from tests.helpers.stream.video import Video

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
INTERNAL = (500, -1)
TOO_MANY = (429, 9)


class StreamService:
    """`users`, `calls` and `channels` are what there is; `requests` what was asked, `unknown`
    what it has no answer for, `sfu` who came as far as the media server.

    `fails`: so many requests get a 500, or what `fails_with` says; while `answering` is not set,
    requests wait.
    """

    def __init__(self) -> None:
        self.users: dict[str, Json] = {}
        self.calls: dict[str, Call] = {}
        self.channels: dict[str, Channel] = {}
        self.fails = 0
        self.fails_with = INTERNAL
        self.requests: list[str] = []
        self.unknown: list[str] = []
        self.sfu = Sfu()
        self.answering = threading.Event()
        self.answering.set()
        self._chat = Chat(self)
        self._video = Video(self)
        self._sockets: dict[tuple[str, str], tuple[str, WebSocket]] = {}
        """By product and connection: whose it is, and the WebSocket."""
        self._numbers = itertools.count(1)
        self._port = 0
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def settings(self) -> dict[str, str]:
        """What makes a server of ours use it."""
        return {
            "STREAM_API_KEY": KEY,
            "STREAM_API_SECRET": SECRET,
            "STREAM_VIDEO_URL": self.url,
            "STREAM_CHAT_URL": self.url,
        }

    def create(self, *call_ids: str) -> None:
        """What there is while an interview goes on."""
        for call_id in call_ids:
            self.calls[f"default:{call_id}"] = Call(call_id, "default", "host")
            self.channels[f"messaging:{call_id}"] = Channel(call_id, "messaging", "host")

    def connections(self, product: str) -> list[str]:
        """Who is connected over the WebSocket of a product (`chat`, `video`), as they came."""
        return [user for (which, _), (user, _) in self._sockets.items() if which == product]

    def signed(self, event: Json) -> tuple[bytes, dict[str, str]]:
        """A webhook as Stream sends it: (body, headers)."""
        body = json.dumps({"created_at": stamp(), **event}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        number = next(self._numbers)
        return body, {
            "Content-Type": "application/json",
            "X-Api-Key": KEY,
            "X-Signature": signature,
            "X-Webhook-Id": f"webhook-{number}",
            "X-Webhook-Attempt": "1",
        }

    # -- on and off --------------------------------------------------------------------------

    def start(self) -> StreamService:
        """The first time on a free port, then on the same."""
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            log_level="critical",
            lifespan="off",
            ws="websockets-sansio",
            timeout_keep_alive=75,  # as something large: not just when somebody asks again
        )
        server = uvicorn.Server(config)
        run = threading.Thread(target=server.run, args=([listening],), daemon=True)
        run.start()
        self._running = (server, run)
        wait_until(lambda: server.started, "the stand-in for Stream to listen")
        return self

    def stop(self) -> None:
        """Away: nobody can connect, and who is connected is cut off."""
        if self._running is None:
            return
        server, run = self._running
        server.should_exit = server.force_exit = True
        self.answering.set()
        run.join()
        self._sockets.clear()
        self._running = None

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/connect", self._chat_socket),
                WebSocketRoute("/video/connect", self._video_socket),
                WebSocketRoute("/sfu/ws", self.sfu.serve),
                Route("/sfu/twirp/{service}/{method}", self.sfu.twirp, methods=["POST"]),
                Route("/{path:path}", self._http, methods=METHODS),
            ],
            middleware=[
                Middleware(
                    CORSMiddleware,
                    allow_origins=["*"],
                    allow_methods=["*"],
                    allow_headers=["*"],
                    expose_headers=["x-amz-cf-pop"],
                )
            ],
        )

    # -- HTTP --------------------------------------------------------------------------------

    async def _http(self, request: Request) -> Response:
        if request.method == "HEAD":  # where the browser is: asked without a key
            return Response(headers={"x-amz-cf-pop": "FRA50-C1"})
        body = await request.body()
        self.requests.append(f"{request.method} {request.scope['path']}")
        await asyncio.to_thread(self.answering.wait)
        try:
            return JSONResponse({"duration": "1.00ms", **await self._answer(request, body)})
        except Refused as error:
            headers = {"Retry-After": "1"} if error.status == TOO_MANY[0] else None
            return JSONResponse(error.body, error.status, headers)

    async def _answer(self, request: Request, body: bytes) -> Json:
        if self.fails:
            self.fails -= 1
            raise Refused(self.fails_with, "this was asked for")
        query = dict(request.query_params)
        if request.url.path == "/video/call_client_event":  # figures of the browser library
            return {}
        if query.get("api_key") != KEY:
            raise Refused(BAD_KEY, "api_key not valid")
        if request.headers.get("stream-auth-type") != "jwt":
            raise Refused(BAD_SIGNATURE, "stream-auth-type must be jwt")
        caller = caller_of(request.headers.get("authorization"))
        raw = request.scope["raw_path"].decode().split("?")[0].strip("/")
        path = tuple(unquote(part) for part in raw.split("/"))
        given: Any = json.loads(body) if body else {}
        if request.method == "GET" and "payload" in query:
            given = json.loads(query["payload"])
        asked = Asked(request.method, path, query, given or {}, caller)
        for part in (self._video, self._chat):
            found = await part.answer(asked)
            if found is not None:
                return found
        self.unknown.append(f"{asked.method} {request.url.path}")
        raise Refused(NOT_FOUND, "no such path")

    # -- WebSockets --------------------------------------------------------------------------

    async def _chat_socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        query = websocket.query_params
        user = await self._entered(websocket, query.get("authorization"))
        if user is None:
            return
        details = json.loads(query.get("json", "{}"))
        if details.get("user_id") != user:
            refused = Refused(BAD_SIGNATURE, "the token is for somebody else")
            await websocket.send_json({"error": refused.body})
            await websocket.close()
            return
        connection = f"chat-{next(self._numbers)}"
        first = self._chat.connected(user, connection, details.get("user_details") or {})
        await self._serve("chat", connection, user, websocket, first)

    async def _video_socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            said = await websocket.receive_json()
        except WebSocketDisconnect:
            return
        user = await self._entered(websocket, said.get("token"))
        if user is None:
            return
        connection = f"video-{next(self._numbers)}"
        first = self._video.connected(user, connection)
        await self._serve("video", connection, user, websocket, first)

    async def _entered(self, websocket: WebSocket, token: str | None) -> str | None:
        """Whose token it is; a bad one is told and the WebSocket closed."""
        try:
            if websocket.query_params.get("api_key") != KEY:
                raise Refused(BAD_KEY, "api_key not valid")
            user = caller_of(token).user_id
            if user is None:
                raise Refused(BAD_SIGNATURE, "this takes a user's token")
        except Refused as error:
            told = {"type": "connection.error", "error": error.body, "created_at": stamp()}
            await websocket.send_json(told)
            await websocket.close()
            return None
        return user

    async def _serve(
        self, product: str, connection: str, user: str, websocket: WebSocket, first: Json
    ) -> None:
        """Answers pings until the other side goes."""
        self._sockets[product, connection] = (user, websocket)
        try:
            await websocket.send_json(first)
            while True:
                await websocket.receive_text()
                await websocket.send_json(self._chat.health(connection))
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._sockets.pop((product, connection), None)

    async def tell(self, product: str, user_ids: set[str] | None, event: Json) -> None:
        for (which, _), (user, websocket) in list(self._sockets.items()):
            if which == product and (user_ids is None or user in user_ids):
                try:
                    await websocket.send_json(event)
                except (WebSocketDisconnect, RuntimeError):
                    continue


@contextmanager
def stream_service() -> Iterator[StreamService]:
    """One that listens."""
    service = StreamService()
    try:
        yield service.start()
    finally:
        service.stop()
