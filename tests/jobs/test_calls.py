"""Calls elsewhere follow the sessions here, whatever fails, dies or happens at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from crdt.replica import Role
from server.jobs.calls import LONGEST_SECONDS, Calls, Telling, picture
from server.jobs.remote import GIVE_UP
from server.media.builtin import BuiltinMedia
from server.media.stream import SPEAKING, StreamMedia
from server.store.database import MEMBERS, Database, now
from server.store.elsewhere import Elsewhere
from server.store.members import Members
from server.store.users import Users
from tests.helpers.server import wait_until
from tests.helpers.stream import KEY, SECRET, StreamService, stream_service
from tests.jobs.world import World, ago


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
async def calls(world: World, service: StreamService) -> AsyncIterator[Calls]:
    media = StreamMedia(KEY, SECRET, service.url, service.url, timeout=5)
    yield Calls(Elsewhere(world.database), Users(world.database), media, "https://here.example")
    await media.close()


async def session(world: World, name: str, **values: object) -> str:
    host = await Users(world.database).add_guest("Hedy")
    return await world.session(**{"callId": name, "host": host.id, "lastSeenAt": now(), **values})


async def let_in(world: World, session_id: str, name: str, role: Role) -> str:
    guest = await Users(world.database).add_guest(name)
    await Members(world.database).admit(session_id, guest.id, role)
    return guest.id


async def let_speak(world: World, user_id: str, speaks: bool) -> None:
    rows = world.database.collection(MEMBERS)
    row = await rows.find_one({"user": user_id})
    assert row is not None
    await rows.update_one({"_id": row["_id"]}, {"$set": {"speaks": speaks}})


async def test_a_session_gets_its_call_and_channel_with_all_who_are_in(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    ada = await let_in(world, made, "Ada", Role.PARTICIPANT)
    sam = await let_in(world, made, "Sam", Role.SPECTATOR)
    assert await calls() == 1
    call = service.calls["default:call_1"]
    assert set(call.members) == {call.created_by, ada, sam}
    assert call.revoked == {ada: set(), sam: set(SPEAKING)}
    assert {service.users[user]["name"] for user in call.members} == {"Hedy", "Ada", "Sam"}
    asked = len(service.requests)
    assert await calls() == 0, "there is nothing new"
    assert len(service.requests) == asked


async def test_who_comes_later_goes_and_comes_back_is_told(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    await calls()
    call = service.calls["default:call_1"]
    ada = await let_in(world, made, "Ada", Role.PARTICIPANT)
    assert await calls() == 1
    assert ada in call.members
    await Members(world.database).remove(made, ada)
    assert await calls() == 1
    assert ada not in call.members
    assert call.blocked == {ada}


async def test_who_came_and_went_between_two_looks_is_never_told_of(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    await calls()
    asked = len(service.requests)
    ada = await let_in(world, made, "Ada", Role.PARTICIPANT)
    await Members(world.database).remove(made, ada)
    assert await calls() == 0
    assert len(service.requests) == asked


async def test_a_spectator_who_may_speak_can_and_then_not_any_more(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    sam = await let_in(world, made, "Sam", Role.SPECTATOR)
    await calls()
    call = service.calls["default:call_1"]
    for speaks, revoked in ((True, set()), (False, set(SPEAKING))):
        await let_speak(world, sam, speaks)
        assert await calls() == 1
        assert call.revoked[sam] == revoked


async def test_only_active_interviews_get_one(
    world: World, service: StreamService, calls: Calls
) -> None:
    await session(world, "over", status="completed")
    await session(world, "practice", kind="practice")
    await session(world, "forgotten", lastSeenAt=ago(days=2))
    assert await calls() == 0
    assert service.requests == []


@pytest.mark.parametrize("steps", range(6))
async def test_what_stopped_half_way_is_completed_later(
    world: World, service: StreamService, calls: Calls, steps: int
) -> None:
    """`steps`: how many requests still succeed."""
    made = await session(world, "call_1")
    sam = await let_in(world, made, "Sam", Role.SPECTATOR)
    answer, left = service._answer, [steps]

    async def some(*asked: object) -> dict[str, object]:
        left[0] -= 1
        if left[0] == -1:
            service.fails = 1
        return await answer(*asked)  # type: ignore[arg-type]

    service._answer = some  # type: ignore[method-assign, assignment]
    assert await calls() == 0
    row = await world.row(made)
    assert row["callTries"] == 1
    assert row["callNextAt"] > now()
    assert "callUntil" not in row
    assert await calls() == 0, "not before its time"
    await world.change(made, callNextAt=ago(seconds=1))
    assert await calls() == 1
    call = service.calls["default:call_1"]
    assert set(call.members) == set(service.channels["messaging:call_1"].members)
    assert sam in call.members
    assert call.revoked == {sam: set(SPEAKING)}
    assert "callTries" not in await world.row(made), "the next failure is a first one"


async def test_waits_grow_up_to_the_longest(world: World, service: StreamService) -> None:
    made = await session(world, "call_1", callTries=50)
    media = StreamMedia(KEY, SECRET, "http://127.0.0.1:1", "http://127.0.0.1:1")
    gone = Calls(Elsewhere(world.database), Users(world.database), media, "")
    assert await gone.tell(made) is False
    wait = (await world.row(made))["callNextAt"] - now()
    assert LONGEST_SECONDS * 0.7 < wait.total_seconds() < LONGEST_SECONDS * 1.3
    await media.close()


async def test_a_service_that_is_down_is_not_asked_for_everything(
    world: World, service: StreamService, calls: Calls
) -> None:
    for number in range(GIVE_UP + 3):
        await session(world, f"call_{number}")
    service.fails = 1000
    assert await calls() == 0
    assert len(service.requests) == GIVE_UP


async def test_one_session_is_told_by_one_at_a_time(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    told = await asyncio.gather(*(calls.tell(made) for _ in range(5)))
    assert sorted(told, key=str) == [None, None, None, None, True]
    assert service.requests.count("POST /users") == 1


async def test_a_claim_of_one_who_died_ends(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1", callUntil=ago(seconds=-60))
    assert await calls.tell(made) is None
    await world.change(made, callUntil=ago(seconds=1))
    assert await calls.tell(made) is True


async def test_what_happens_while_a_session_is_told_is_told_too(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    telling = Telling(calls)
    service.answering.clear()
    telling.changed(made)
    await asyncio.to_thread(wait_until, lambda: service.requests, "Stream to be asked")
    ada = await let_in(world, made, "Ada", Role.PARTICIPANT)
    telling.changed(made)
    service.answering.set()
    await asyncio.to_thread(wait_until, lambda: not telling._waiting, "all to be told")
    assert ada in service.calls["default:call_1"].members
    await telling.close()


async def test_telling_stops_at_once_when_the_server_does(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    telling = Telling(calls)
    service.answering.clear()
    telling.changed(made)
    await asyncio.to_thread(wait_until, lambda: service.requests, "Stream to be asked")
    await telling.close()
    assert "callUntil" not in await world.row(made), "others need not wait for it"
    service.answering.set()
    assert await calls() == 1


async def test_a_recording_that_nobody_stands_for_is_stopped(
    world: World, service: StreamService, calls: Calls
) -> None:
    made = await session(world, "call_1")
    await calls()
    call = service.calls["default:call_1"]
    call.recording = True
    store = Elsewhere(world.database)
    await store.recording_wanted(made)
    assert await calls() == 0
    assert call.recording, "a server has just said that all agree"
    await world.change(made, recordingSeenAt=ago(minutes=2))
    service.fails = 1
    assert await calls() == 0
    assert call.recording
    assert await calls() == 1, "tried again"
    assert not call.recording
    assert not await store.is_recorded(made)


async def test_without_a_service_nothing_is_looked_for(world: World) -> None:
    made = await session(world, "call_1")
    calls = Calls(Elsewhere(world.database), Users(world.database), BuiltinMedia(), "")
    assert await calls() == 0
    assert "callReady" not in await world.row(made)


@pytest.mark.parametrize(
    ("base", "address", "told"),
    [
        ("", "https://pictures.example/a.png", "https://pictures.example/a.png"),
        ("https://here.example", "/api/pictures/x", "https://here.example/api/pictures/x"),
        ("", "/api/pictures/x", ""),
        ("https://here.example", "", ""),
        ("https://here.example", "javascript:alert(1)", ""),
    ],
)
def test_only_pictures_that_others_can_open_are_told(base: str, address: str, told: str) -> None:
    assert picture(base, address) == told
