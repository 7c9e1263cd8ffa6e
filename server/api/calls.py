"""Calls and chat that Stream carries: how browsers sign in, who is muted, what is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of, public_base
from server.api.answers import Json
from server.api.call_shapes import CallToken, ManyRecordings, RecordingState
from server.api.endpoint import Endpoint
from server.api.services import Services, services_of
from server.api.sessions import IN_SESSION, hosted
from server.api.shapes import Message
from server.errors import (
    CallsUnavailable,
    NoSuchPerson,
    PracticeSession,
    RecordingConsent,
    SessionEnded,
    StreamOff,
)
from server.media.base import Door, MediaUnavailable
from server.store.database import now
from server.store.sessions import Session

HOST_RECORDS = "Only the host can record."


async def token(request: Request) -> Response:
    """What signs the caller in at Stream, and nobody else; ask again before it expires."""
    caller = await caller_of(request)
    services = services_of(request)
    door = _door(services)
    seconds = services.settings.stream_token_seconds
    image = caller.user.profile_image
    answer: dict[str, Any] = {
        "token": services.media.token(caller.user_id, seconds),
        "userId": caller.user_id,
        "userName": caller.user.name,
        "userImage": public_base(request) + image if image.startswith("/") else image,
        "expiresAt": now() + timedelta(seconds=seconds),
        "apiKey": door.api_key,
        "callType": door.call_type,
        "channelType": door.channel_type,
        "videoUrl": door.video_url,
        "chatUrl": door.chat_url,
        "hintUrl": door.hint_url,
    }
    return Json(answer)


async def mute(request: Request) -> Response:
    """Turn off somebody's microphone in Stream's call; they may turn it on again."""
    services = services_of(request)
    session = await _carried_elsewhere(request, "Only the host can mute people.")
    user_id = request.path_params["user"]
    if await services.members.role(session, user_id) is None:
        raise NoSuchPerson
    try:
        await services.media.mute(session.call_id, user_id, session.host)
    except MediaUnavailable as error:
        raise CallsUnavailable from error
    return Json({"message": "Their microphone is off."})


async def start_recording(request: Request) -> Response:
    """Record Stream's call, once everybody in it has agreed; only the host may."""
    session = await _carried_elsewhere(request, HOST_RECORDS)
    if not session.active:
        raise SessionEnded
    await services_of(request).recorder.begin(session)
    return Json({"recording": True})


async def stop_recording(request: Request) -> Response:
    """Stop recording Stream's call. What could not be stopped is stopped in the background."""
    session = await _carried_elsewhere(request, HOST_RECORDS)
    await services_of(request).recorder.end(session)
    return Json({"recording": False})


async def recordings(request: Request) -> Response:
    """What was recorded of Stream's call, for the host, also after the session has ended.

    A file appears some minutes after its recording was stopped. Its address opens it for whoever
    has it. Without Stream there are none.
    """
    session = await hosted(request, await caller_of(request), "Only the host sees the recordings.")
    if services_of(request).media.door is None:
        return Json({"recordings": [], "recording": False})
    session.refuse_practice()
    recorder = services_of(request).recorder
    rows = [
        {
            "filename": each.filename,
            "url": each.url,
            "startedAt": each.started_at,
            "endedAt": each.ended_at,
        }
        for each in await recorder.listed(session)
    ]
    return Json({"recordings": rows, "recording": await recorder.is_on(session)})


async def _carried_elsewhere(request: Request, refusal: str) -> Session:
    """The session of the path, for its host. Raises StreamOff, PracticeSession, or what `hosted`
    does."""
    session = await hosted(request, await caller_of(request), refusal)
    _door(services_of(request))
    session.refuse_practice()
    return session


def _door(services: Services) -> Door:
    if services.media.door is None:
        raise StreamOff
    return services.media.door


ELSEWHERE = (*IN_SESSION, StreamOff, PracticeSession, CallsUnavailable)

routes = [
    Endpoint("GET", "/chat/token", token, gives=CallToken, errors=(StreamOff,)),
    Endpoint(
        "POST",
        "/sessions/{id}/people/{user}/mute",
        mute,
        gives=Message,
        errors=(*ELSEWHERE, NoSuchPerson),
    ),
    Endpoint(
        "POST",
        "/sessions/{id}/recording",
        start_recording,
        gives=RecordingState,
        errors=(*ELSEWHERE, SessionEnded, RecordingConsent),
    ),
    Endpoint(
        "DELETE",
        "/sessions/{id}/recording",
        stop_recording,
        gives=RecordingState,
        errors=ELSEWHERE,
    ),
    Endpoint(
        "GET",
        "/sessions/{id}/recordings",
        recordings,
        gives=ManyRecordings,
        errors=(*IN_SESSION, PracticeSession, CallsUnavailable),
    ),
]
