"""Structured logs: one line an event, with the request's id, and no token ever in it."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import TextIO
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor, WrappedLogger

from server.settings import Settings

REQUEST_ID = "x-request-id"
SANE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
SIGNED_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+(\.[\w-]*)?")

access = structlog.stdlib.get_logger("server.access")


def configure_logs(
    settings: Settings, stream: TextIO = sys.stderr, *, worker: int | None = None
) -> None:
    """Sends our own lines and those of libraries to `stream` in one format; `worker`: the number
    of this process among those that share the rooms, in every line."""
    text = settings.log_format == "text" or (settings.log_format == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if worker is not None:
        shared.append(_numbered(worker))
    console = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    renderer: Processor = console if text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # before masking: a traceback may show a token
            mask_tokens,
            renderer,
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # At info these print a WebSocket's address with its ticket, and every driver heartbeat.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "pymongo", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _numbered(worker: int) -> Processor:
    def numbered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        # what the line itself says of a worker may be about another one
        event.setdefault("worker", worker)
        return event

    return numbered


def mask_tokens(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces whatever looks like a signed token: an address or a message may carry one."""
    for key, value in event.items():
        if isinstance(value, str) and "eyJ" in value:
            event[key] = SIGNED_TOKEN.sub("<token>", value)
    return event


def request_id() -> str:
    """The id of the request being answered; empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


class RequestLog:
    """ASGI middleware: gives every request an id, echoes it, writes one line for its answer.

    Query strings are left out: they may carry tickets.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        identity = given if SANE_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = identity
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            access.info(
                "request", method=scope["method"], path=scope["path"], status=status, ms=took
            )
