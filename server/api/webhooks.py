"""Messages of other services: people who came, changed or left at the one people sign in with,
and recordings at the one that carries calls."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.api.answers import Json, read_bytes
from server.api.endpoint import Endpoint
from server.api.leaving import clear_up
from server.api.services import Services, services_of
from server.api.shapes import Message
from server.errors import BadSignature, InvalidBody, NotFound, WebhookReplayed
from server.store.database import now

STREAM_BYTES: Final = 256 * 1024
"""Some of Stream's messages carry a whole call with many people in it."""

STREAM_TRIES: Final = timedelta(days=1)
"""For how long Stream may go on sending a message; older ones are somebody else's."""

RECORDING: Final = "call.recording_"


class Event(msgspec.Struct):
    """What happened at Clerk; `data` depends on the type."""

    type: str
    data: dict[str, Any]


async def clerk(request: Request) -> Response:
    """One of Clerk's messages about people, signed by Svix.

    It is verified over the body as it came. What is not about people is acknowledged, so that it
    is not sent again.
    """
    body = await read_bytes(request)
    services = services_of(request)
    if services.external is None or services.external.webhook is None:
        raise NotFound
    delivery = services.external.webhook.delivery(body, request.headers)
    try:
        event = msgspec.json.decode(body, type=Event)
    except msgspec.DecodeError as error:
        raise InvalidBody("The body must be an event with type and data.") from error
    await services.deliveries.begin(delivery)
    try:
        await _handle(services, event.type, event.data)
    except BaseException:
        await services.deliveries.give_up(delivery)
        raise
    await services.deliveries.finish(delivery)
    return Json({"message": "Received."})


class StreamEvent(msgspec.Struct):
    """What happened at Stream, and when; there are more fields, which depend on the type."""

    type: str
    created_at: datetime
    call_cid: str = ""


async def stream(request: Request) -> Response:
    """One of Stream's messages, signed with the application's secret.

    It is verified over the text as it was before it was compressed, if it was. What is not about
    recordings is acknowledged, so that it is not sent again.
    """
    body = await read_bytes(request, STREAM_BYTES)
    services = services_of(request)
    if services.media.door is None:
        raise NotFound
    text = services.media.verify(body, request.headers.get("x-signature", ""))
    if text is None:
        raise BadSignature
    try:
        event = msgspec.json.decode(text, type=StreamEvent)
    except msgspec.DecodeError as error:
        raise InvalidBody("The body must be an event with type and created_at.") from error
    if event.created_at.replace(tzinfo=event.created_at.tzinfo or UTC) < now() - STREAM_TRIES:
        raise BadSignature
    # the signature covers the text and no header: the text is what makes it the same message
    delivery = f"stream:{hashlib.sha256(text).hexdigest()}"
    await services.deliveries.begin(delivery)
    try:
        await _recording_news(services, event)
    except BaseException:
        await services.deliveries.give_up(delivery)
        raise
    await services.deliveries.finish(delivery)
    return Json({"message": "Received."})


async def _recording_news(services: Services, event: StreamEvent) -> None:
    """A recording was started, stopped, failed, or its file is ready: the room hears of it."""
    if not event.type.startswith(RECORDING):
        return
    state = event.type.removeprefix(RECORDING)
    session_id = await services.recorder.heard(event.call_cid.partition(":")[2], state)
    if session_id is not None:
        services.hub.notify(session_id, {"type": "recordings", "state": state})


async def _handle(services: Services, kind: str, data: dict[str, Any]) -> None:
    """Raises InvalidBody when the data is not what the type promises."""
    from server.auth.clerk import ClerkUser  # with an HTTP client, which few need

    assert services.external is not None  # noqa: S101 - looked at by the caller
    external = services.external
    try:
        if kind in ("user.created", "user.updated"):
            user = msgspec.convert(data, ClerkUser)
            await external.people.upsert(external.id_of(user.id), user.profile)
        elif kind == "user.deleted":
            user = msgspec.convert(data, ClerkUser)
            if user_id := await external.people.leave(external.id_of(user.id)):
                await clear_up(services, user_id)
    except msgspec.ValidationError as error:
        raise InvalidBody(f"data is not a user: {error}.", field="data") from error


routes = [
    Endpoint(
        "POST",
        "/webhooks/clerk",
        clerk,
        takes=Event,
        gives=Message,
        who="anybody",
        errors=(BadSignature, WebhookReplayed, NotFound),
    ),
    Endpoint(
        "POST",
        "/webhooks/stream",
        stream,
        takes=StreamEvent,
        gives=Message,
        who="anybody",
        errors=(BadSignature, WebhookReplayed, NotFound),
    ),
]
