"""The answers about calls that Stream carries, as they are described (see `shapes`)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.api.shapes import Id, Moment, Shape


class CallToken(Shape, frozen=True):
    """A sign-in at Stream for the caller, and where Stream is."""

    token: str
    user_id: Id
    user_name: str
    user_image: str
    expires_at: Moment
    api_key: str
    call_type: Annotated[str, Meta(description="Of the call whose id is a session's callId.")]
    channel_type: Annotated[str, Meta(description="Of the channel whose id is that, too.")]
    video_url: str
    chat_url: str
    hint_url: Annotated[
        str | None, Meta(description="Tells browsers where they are; null: Stream's own.")
    ]


class RecordingState(Shape, frozen=True):
    recording: bool


class Recording(Shape, frozen=True):
    """A file that was recorded."""

    filename: str
    url: str
    started_at: Moment
    ended_at: Moment


class ManyRecordings(Shape, frozen=True):
    """What was recorded, and whether a recording goes on."""

    recordings: list[Recording]
    recording: bool
