"""Messages of the sign-in service: people who came, changed or left there."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.api.answers import Json, read_bytes
from server.api.endpoint import Endpoint
from server.api.leaving import clear_up
from server.api.services import Services, services_of
from server.api.shapes import Message
from server.errors import BadSignature, InvalidBody, NotFound, WebhookReplayed


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
    )
]
