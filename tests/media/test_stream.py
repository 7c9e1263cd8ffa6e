"""Stream through its own packages, against a stand-in that checks what Stream checks."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import jwt
import pytest

from server.media.base import MediaUnavailable, Person
from server.media.builtin import BuiltinMedia
from server.media.stream import SPEAKING, StreamMedia
from tests.helpers.stream import KEY, SECRET, StreamService, stream_service

HOST = Person("host", "Hedy", "https://example.com/h.png", "host", speaks=True)
ADA = Person("ada", "Ada", "", "participant", speaks=True)
SAM = Person("sam", "Sam", "", "spectator", speaks=False)


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


@pytest.fixture
async def media(service: StreamService) -> AsyncIterator[StreamMedia]:
    async with media_of(service) as made:
        yield made


# -- call and channel ------------------------------------------------------------------------


async def test_call_and_channel_are_made_with_everybody_in_them(
    service: StreamService, media: StreamMedia
) -> None:
    await media.prepare("call_1", "Two Sum", [HOST, ADA, SAM])
    call, channel = service.calls["default:call_1"], service.channels["messaging:call_1"]
    assert call.members == {"host": "host", "ada": "user", "sam": "user"}
    assert call.created_by == channel.created_by == "host"
    assert set(channel.members) == {"host", "ada", "sam"}
    assert channel.custom == {"name": "Two Sum"}
    assert call.revoked == {"sam": set(SPEAKING)}
    assert service.users["host"]["name"] == "Hedy"
    assert service.users["host"]["image"] == "https://example.com/h.png"
    assert "image" not in service.users["ada"]


async def test_making_them_again_adds_who_was_missing(
    service: StreamService, media: StreamMedia
) -> None:
    await media.prepare("call_1", "Two Sum", [HOST])
    await media.prepare("call_1", "Two Sum", [HOST, ADA])
    assert set(service.calls["default:call_1"].members) == {"host", "ada"}
    assert set(service.channels["messaging:call_1"].members) == {"host", "ada"}


async def test_hundreds_of_people_are_told_in_portions(
    service: StreamService, media: StreamMedia
) -> None:
    crowd = [Person(f"user{each}", "Name", "", "participant", speaks=True) for each in range(250)]
    await media.prepare("call_1", "Two Sum", [HOST, *crowd])
    assert len(service.calls["default:call_1"].members) == 251
    assert len(service.channels["messaging:call_1"].members) == 251
    assert service.requests.count("POST /users") == 3


async def test_somebody_comes_goes_and_comes_again(
    service: StreamService, media: StreamMedia
) -> None:
    await media.prepare("call_1", "Two Sum", [HOST])
    call, channel = service.calls["default:call_1"], service.channels["messaging:call_1"]
    await media.add("call_1", ADA)
    assert "ada" in call.members
    assert "ada" in channel.members
    for _ in range(2):
        await media.remove_person("call_1", "ada")
        assert call.blocked == {"ada"}
        assert "ada" not in call.members
        assert "ada" not in channel.members
    await media.add("call_1", ADA)
    assert call.blocked == set()
    assert "ada" in call.members
    assert "ada" in channel.members


async def test_a_spectator_may_speak_only_while_let(
    service: StreamService, media: StreamMedia
) -> None:
    await media.prepare("call_1", "Two Sum", [HOST])
    call = service.calls["default:call_1"]
    await media.add("call_1", SAM)
    assert call.revoked["sam"] == set(SPEAKING)
    await media.add("call_1", Person("sam", "Sam", "", "spectator", speaks=True))
    assert call.revoked["sam"] == set()
    await media.add("call_1", SAM)
    assert call.revoked["sam"] == set(SPEAKING)


async def test_somebody_is_muted_by_the_host(service: StreamService, media: StreamMedia) -> None:
    await media.prepare("call_1", "Two Sum", [HOST, ADA])
    await media.mute("call_1", "ada", "host")
    assert service.calls["default:call_1"].muted == ["ada"]


# -- recording -------------------------------------------------------------------------------


async def test_a_call_is_recorded_and_the_recording_listed(
    service: StreamService, media: StreamMedia
) -> None:
    await media.prepare("call_1", "Two Sum", [HOST])
    assert await media.recordings("call_1") == []
    for _ in range(2):
        await media.start_recording("call_1")
        assert await media.is_recording("call_1")
    for _ in range(2):
        await media.stop_recording("call_1")
        assert not await media.is_recording("call_1")
    [found] = await media.recordings("call_1")
    assert found.filename == "rec_call_1_1.mp4"
    assert found.url.startswith(service.url)
    assert found.started_at <= found.ended_at


async def test_recording_a_call_that_is_not_there_is_refused_and_stopping_it_is_not(
    media: StreamMedia,
) -> None:
    with pytest.raises(MediaUnavailable, match="404"):
        await media.start_recording("never")
    await media.stop_recording("never")
    assert not await media.is_recording("never")
    assert await media.recordings("never") == []


# -- the end ---------------------------------------------------------------------------------


async def test_call_and_channel_are_deleted_and_nothing_else(
    service: StreamService, media: StreamMedia
) -> None:
    service.create("call_one", "call_two")
    await media.remove("call_one")
    assert set(service.calls) == {"default:call_two"}
    assert set(service.channels) == {"messaging:call_two"}
    assert service.requests == [
        "POST /api/v2/video/call/default/call_one/delete",
        "DELETE /channels/messaging/call_one",
    ]


async def test_an_ended_call_keeps_its_recordings_and_loses_its_channel(
    service: StreamService, media: StreamMedia
) -> None:
    service.create("call")
    await media.start_recording("call")
    await media.stop_recording("call")
    for _ in range(2):
        await media.end("call")
    assert service.calls["default:call"].ended_at
    assert not service.channels
    assert len(await media.recordings("call")) == 1


async def test_what_is_not_there_counts_as_gone(service: StreamService, media: StreamMedia) -> None:
    service.create("half")
    service.calls.clear()
    await media.remove("half")
    await media.remove("half")
    await media.end("never")
    assert not service.channels


async def test_an_id_cannot_reach_another_path(service: StreamService, media: StreamMedia) -> None:
    service.create("other")
    with pytest.raises(ValueError, match="cannot be the id"):
        await media.remove("../other")
    assert set(service.calls) == {"default:other"}
    assert service.requests == []


# -- tokens ----------------------------------------------------------------------------------


async def test_a_token_is_for_one_person_and_ends(media: StreamMedia) -> None:
    claims = jwt.decode(media.token("ada", 60), SECRET, algorithms=["HS256"])
    assert claims["user_id"] == "ada"
    assert 50 < claims["exp"] - time.time() <= 60
    assert claims["iat"] <= time.time()
    assert set(claims) == {"user_id", "exp", "iat"}


# -- errors ----------------------------------------------------------------------------------


async def test_check_passes_with_the_right_key(service: StreamService, media: StreamMedia) -> None:
    await media.check()
    assert service.requests == ["GET /app", "GET /api/v2/video/calltypes/default"]


@pytest.mark.parametrize(("key", "secret"), [("other", SECRET), (KEY, "x" * 32)])
async def test_a_refusal_is_told(service: StreamService, key: str, secret: str) -> None:
    async with media_of(service, key, secret) as media:
        with pytest.raises(MediaUnavailable, match="401"):
            await media.check()
        with pytest.raises(MediaUnavailable, match="401"):
            await media.remove("call")


async def test_an_error_is_told_and_the_next_try_removes_the_rest(
    service: StreamService, media: StreamMedia
) -> None:
    service.create("call")
    service.fails = 1
    with pytest.raises(MediaUnavailable, match="500 when asked to delete the call: this was asked"):
        await media.remove("call")
    await media.remove("call")
    assert not service.calls
    assert not service.channels


async def test_too_many_requests_are_an_error_like_others(
    service: StreamService, media: StreamMedia
) -> None:
    service.fails, service.fails_with = 1, (429, 9)
    with pytest.raises(MediaUnavailable, match="429"):
        await media.prepare("call_1", "Two Sum", [HOST])


async def test_one_that_does_not_answer_is_not_waited_for(service: StreamService) -> None:
    service.create("call")
    service.answering.clear()
    async with media_of(service, patience=0.2) as media:
        with pytest.raises(MediaUnavailable, match="cannot be reached"):  # by getstream
            await media.remove("call")
        with pytest.raises(MediaUnavailable, match="cannot be reached"):  # by stream-chat
            await media.prepare("call", "Two Sum", [HOST])


async def test_one_that_is_not_there_is_told() -> None:
    media = StreamMedia(KEY, SECRET, "http://127.0.0.1:1", "http://127.0.0.1:1")
    with pytest.raises(MediaUnavailable, match="cannot be reached"):
        await media.remove("call")
    with pytest.raises(MediaUnavailable, match="cannot be reached"):
        await media.prepare("call", "Two Sum", [HOST])
    await media.close()


async def test_what_only_reads_is_asked_again_where_a_connection_was_just_closed(
    service: StreamService,
) -> None:
    asked: list[bytes] = []

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Closes on the first request and passes on the second."""
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) == 2:
            answers, requests = await asyncio.open_connection(
                "127.0.0.1", int(service.url.rpartition(":")[2])
            )
            requests.write(asked[1].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            writer.write(await answers.read())
            requests.close()
        writer.close()

    server = await asyncio.start_server(between, "127.0.0.1", 0)
    service.create("call")
    port = server.sockets[0].getsockname()[1]
    media = StreamMedia(KEY, SECRET, f"http://127.0.0.1:{port}", service.url)
    assert await media.recordings("call") == []
    assert len(asked) == 2
    await media.close()
    server.close()


async def test_the_environment_turns_no_knob(
    service: StreamService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_CHAT_TIMEOUT", "1000")
    monkeypatch.setenv("STREAM_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("STREAM_CHAT_URL", "http://127.0.0.1:1")
    async with media_of(service, patience=0.2) as media:
        await media.check()
        service.answering.clear()
        with pytest.raises(MediaUnavailable, match="cannot be reached"):
            await media.check()


# -- webhooks --------------------------------------------------------------------------------


async def test_a_webhook_is_known_by_its_signature(
    service: StreamService, media: StreamMedia
) -> None:
    body, headers = service.signed({"type": "call.ended"})
    signature = headers["X-Signature"]
    assert media.verify(body, signature) == body
    assert media.verify(gzip.compress(body), signature) == body, "signed before it was compressed"
    assert media.verify(body + b" ", signature) is None
    assert media.verify(body, "") is None
    assert media.verify(body, "ü") is None
    assert media.verify(b"\x1f\x8bnot really", signature) is None


async def test_a_webhook_that_grows_without_end_is_not_unpacked(
    service: StreamService, media: StreamMedia
) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    assert media.verify(bomb, "x") is None


# -- without ---------------------------------------------------------------------------------


async def test_without_a_service_nothing_is_elsewhere() -> None:
    media = BuiltinMedia()
    assert media.kind == "builtin"
    assert media.door is None
    await media.check()
    await media.prepare("call", "Two Sum", [HOST])
    await media.add("call", ADA)
    await media.remove_person("call", "ada")
    await media.remove("call")
    assert await media.recordings("call") == []
    assert media.verify(b"{}", "") is None
    await media.close()
