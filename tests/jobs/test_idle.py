"""Sessions nobody is in are completed, once, and closed whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crdt.replica import Role
from server.errors import StorageUnavailable
from server.jobs.idle import IdleSessions
from server.store.database import DOCUMENTS, Database, now
from server.store.invites import Invites
from server.store.upkeep import Upkeep
from tests.jobs.world import Ends, World, ago


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def task(world: World, ends: Ends, hours: float = 12) -> IdleSessions:
    return IdleSessions(Upkeep(world.database), hours, ends)


async def test_only_sessions_nobody_was_in_for_long_are_completed(world: World) -> None:
    seen = ago(hours=13)
    left = await world.session(createdAt=ago(hours=20), lastSeenAt=seen)
    never = await world.session(createdAt=ago(hours=13))
    present = await world.session(createdAt=ago(hours=50), lastSeenAt=ago(minutes=1))
    fresh = await world.session()
    practice = await world.session(createdAt=ago(days=400), kind="practice")
    ends = Ends()
    assert await task(world, ends)() == 2
    assert set(ends.reasons) == {left, never}
    assert set(ends.reasons.values()) == {"Nobody was here for 12 hours."}
    for session_id in (left, never):
        row = await world.row(session_id)
        assert (row["status"], row["documentClosed"]) == ("completed", True)
        assert row["endedAt"] == (row["lastSeenAt"] or row["createdAt"]), "when it really ended"
    for session_id in (present, fresh, practice):
        assert (await world.row(session_id))["status"] == "active"


async def test_doing_it_again_changes_nothing(world: World) -> None:
    await world.session(createdAt=ago(hours=13))
    ends = Ends()
    assert await task(world, ends)() == 1
    before = await world.sessions()
    assert await task(world, ends)() == 0
    assert await world.sessions() == before
    assert ends.times == 1


async def test_one_that_was_completed_and_not_closed_is_closed_by_the_next_run(
    world: World,
) -> None:
    session_id = await world.session(createdAt=ago(hours=13))
    with pytest.raises(StorageUnavailable):
        await task(world, Ends(fails=1))()
    assert (await world.row(session_id))["status"] == "completed"
    ends = Ends()
    assert await task(world, ends)() == 0, "whoever completed it may still be at it"
    await world.change(session_id, updatedAt=ago(minutes=2))
    assert await task(world, ends)() == 1
    assert set(ends.reasons) == {session_id}
    assert (await world.row(session_id))["documentClosed"] is True


async def test_one_that_its_host_ended_and_that_was_not_closed_is_closed(world: World) -> None:
    values = {"status": "completed", "endedAt": now(), "updatedAt": ago(minutes=2)}
    session_id = await world.session(**values)
    ends = Ends()
    assert await task(world, ends)() == 1
    assert ends.reasons == {session_id: "The session has ended."}


async def test_somebody_who_comes_at_the_last_moment_keeps_it_open(world: World) -> None:
    times = {"createdAt": ago(hours=13), "lastSeenAt": ago(hours=12.5)}
    ids = [await world.session(**times) for _ in range(2)]
    completing = Upkeep(world.database).complete_idle(ago(hours=12))
    first = await anext(completing)
    other = next(each for each in ids if each != first.id)
    await world.change(other, lastSeenAt=now())
    assert [session async for session in completing] == []
    assert (await world.row(other))["status"] == "active"


async def test_one_whose_room_is_open_stays_although_nobody_could_be_marked_as_seen(
    world: World,
) -> None:
    session_id = await world.session(createdAt=ago(hours=13), lastSeenAt=ago(hours=13))
    documents = world.database.collection(DOCUMENTS)
    await documents.insert_one({"_id": session_id, "open": ["a worker"]})
    ends = Ends()
    assert await task(world, ends)() == 0
    await documents.update_one({"_id": session_id}, {"$set": {"open": []}})
    assert await task(world, ends)() == 1


async def test_one_that_somebody_is_invited_to_stays_as_long_as_the_invitation_is_good(
    world: World,
) -> None:
    old = {"createdAt": ago(hours=40), "lastSeenAt": ago(hours=39)}
    invited, withdrawn, expired = [await world.session(**old) for _ in range(3)]
    invites = Invites(world.database, timedelta(hours=72))
    await invites.add(invited, Role.PARTICIPANT)
    invite = await invites.add(withdrawn, Role.PARTICIPANT)
    await invites.remove(withdrawn, invite.id)
    await Invites(world.database, timedelta()).add(expired, Role.PARTICIPANT)
    ends = Ends()
    await task(world, ends)()
    assert set(ends.reasons) == {withdrawn, expired}
    assert (await world.row(invited))["status"] == "active"


async def test_two_who_do_it_at_once_complete_each_once(world: World) -> None:
    ids = {await world.session(createdAt=ago(hours=13)) for _ in range(10)}
    one, two = (Upkeep(world.database).complete_idle(ago(hours=12)) for _ in range(2))
    completed = [(await anext(one)).id, (await anext(two)).id]
    completed += [session.id async for session in one] + [session.id async for session in two]
    assert len(completed) == 10
    assert set(completed) == ids
