"""Stream through its REST API, against a stand-in that checks what Stream checks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from server.media.base import MediaUnavailable
from server.media.builtin import BuiltinMedia
from server.media.stream import StreamMedia
from tests.helpers.stream import KEY, SECRET, StreamService, stream_service


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@asynccontextmanager
async def media_of(
    service: StreamService, key: str = KEY, secret: str = SECRET, patience: float = 10
) -> AsyncIterator[StreamMedia]:
    media = StreamMedia(key, secret, service.url, service.url, patience)
    yield media
    await media.close()


async def test_call_and_channel_are_deleted_and_nothing_else(service: StreamService) -> None:
    service.create("call_one", "call_two")
    async with media_of(service) as media:
        await media.remove("call_one")
    assert service.calls == {"default:call_two"}
    assert service.channels == {"messaging:call_two"}
    assert service.requests == [
        "POST /api/v2/video/call/default/call_one/delete",
        "DELETE /channels/messaging/call_one",
    ]


async def test_what_is_not_there_counts_as_gone(service: StreamService) -> None:
    service.create("half")
    service.calls.clear()
    async with media_of(service) as media:
        await media.remove("half")
        await media.remove("half")
        await media.remove("never")
    assert service.channels == set()


async def test_an_id_cannot_reach_another_path(service: StreamService) -> None:
    service.create("../other", "other")
    async with media_of(service) as media:
        await media.remove("../other")
    assert service.calls == {"default:other"}


@pytest.mark.parametrize(("key", "secret"), [("other", SECRET), (KEY, "x" * 32)])
async def test_a_refusal_is_told(service: StreamService, key: str, secret: str) -> None:
    async with media_of(service, key, secret) as media:
        with pytest.raises(MediaUnavailable, match="401"):
            await media.remove("call")


async def test_an_error_is_told_and_the_next_try_removes_the_rest(service: StreamService) -> None:
    service.create("call")
    async with media_of(service) as media:
        service.fails = 1
        with pytest.raises(MediaUnavailable, match="500"):
            await media.remove("call")
        await media.remove("call")
    assert service.calls | service.channels == set()


async def test_one_that_does_not_answer_is_not_waited_for(service: StreamService) -> None:
    service.create("call")
    service.answering.clear()
    async with media_of(service, patience=0.2) as media:
        with pytest.raises(MediaUnavailable, match="cannot be reached"):
            await media.remove("call")


async def test_one_that_is_not_there_is_told() -> None:
    media = StreamMedia(KEY, SECRET, "http://127.0.0.1:1", "http://127.0.0.1:1")
    with pytest.raises(MediaUnavailable, match="cannot be reached"):
        await media.remove("call")
    await media.close()


async def test_without_a_service_nothing_is_elsewhere() -> None:
    media = BuiltinMedia()
    await media.remove("call")
    await media.close()
