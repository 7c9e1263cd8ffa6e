"""What lives elsewhere is removed until it is gone, at growing intervals, and only when it may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from server.jobs.remote import FIRST_SECONDS, GIVE_UP, LONGEST_SECONDS, RemoteResources, backoff
from server.media.stream import StreamMedia
from server.store.database import Database, now
from server.store.upkeep import Upkeep
from tests.helpers.stream import KEY, SECRET, StreamService, stream_service
from tests.jobs.world import World, ago

OVER = {"status": "completed", "documentClosed": True}


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
async def task(world: World, service: StreamService) -> AsyncIterator[RemoteResources]:
    media = StreamMedia(KEY, SECRET, service.url, service.url, timeout=5)
    yield RemoteResources(Upkeep(world.database), media)
    await media.close()


async def over(world: World, service: StreamService, name: str) -> str:
    service.create(name)
    return await world.session(callId=name, **OVER)


async def test_only_sessions_that_are_over_and_closed_lose_what_they_have(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    gone = await over(world, service, "over")
    service.create("active", "open")
    await world.session(callId="active")
    await world.session(callId="open", status="completed")
    assert await task() == 1
    assert set(service.calls) == {"default:active", "default:open"}
    assert set(service.channels) == {"messaging:active", "messaging:open"}
    assert (await world.row(gone))["remote"] == "gone"


async def test_doing_it_again_asks_for_nothing(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    await over(world, service, "over")
    assert await task() == 1
    asked = len(service.requests)
    assert await task() == 0
    assert len(service.requests) == asked


async def test_what_fails_is_tried_again_later_until_it_is_gone(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    session_id = await over(world, service, "over")
    for tries in (1, 2, 3):
        service.fails = 1
        assert await task() == 0
        row = await world.row(session_id)
        assert row["remoteTries"] == tries
        assert row["remoteNextAt"] > now()
        assert row.get("remote") is None
        asked = len(service.requests)
        assert await task() == 0, "not before its time"
        assert len(service.requests) == asked
        await world.change(session_id, remoteNextAt=ago(seconds=1))
    assert await task() == 1
    assert not service.calls
    assert not service.channels
    assert (await world.row(session_id))["remote"] == "gone"


async def test_a_service_that_is_down_is_not_asked_for_everything(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    for number in range(GIVE_UP + 3):
        await over(world, service, f"call{number}")
    service.fails = 1000
    assert await task() == 0
    assert len(service.requests) == GIVE_UP
    service.fails = 0
    assert await task() == 3, "those that were not asked for"


async def test_killed_between_removing_and_marking_it_is_removed_again(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    session_id = await over(world, service, "over")
    service.calls.clear()
    service.channels.clear()
    assert await task() == 1
    assert (await world.row(session_id))["remote"] == "gone"


async def test_what_was_recorded_is_kept_for_a_while_and_nobody_can_join_any_more(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    session_id = await over(world, service, "over")
    await world.change(session_id, recorded=True, endedAt=ago(days=1))
    assert await task() == 1
    assert service.calls["default:over"].ended_at
    assert not service.channels
    assert await task() == 0, "not before its time"
    await world.change(session_id, endedAt=ago(days=15), remoteNextAt=ago(seconds=1))
    assert await task() == 1
    assert not service.calls
    assert (await world.row(session_id))["remote"] == "gone"


async def test_a_call_that_may_be_made_at_this_moment_is_removed_later(
    world: World, service: StreamService, task: RemoteResources
) -> None:
    session_id = await over(world, service, "over")
    await world.change(session_id, callUntil=ago(seconds=-60))
    assert await task() == 0
    await world.change(session_id, callUntil=ago(seconds=1))
    assert await task() == 1
    assert not service.calls


def test_waits_double_up_to_the_longest() -> None:
    for tries, wanted in [(1, FIRST_SECONDS), (2, 2 * FIRST_SECONDS), (10_000, LONGEST_SECONDS)]:
        assert wanted * 0.75 <= backoff(tries).total_seconds() <= wanted * 1.25
