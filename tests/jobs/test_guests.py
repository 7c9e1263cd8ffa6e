"""Guests are removed when they are not needed any more, and nobody else ever is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.jobs.guests import ExpiredGuests
from server.store.database import MEMBERS, PICTURES, USERS, Database, Document
from server.store.pictures import Picture, Pictures
from server.store.upkeep import Upkeep
from server.store.users import Users
from tests.jobs.world import World, ago

KEEP = timedelta(days=30)
SIGN_IN = timedelta(days=7)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def task(world: World, keep: timedelta = KEEP, sign_in: timedelta = SIGN_IN) -> ExpiredGuests:
    return ExpiredGuests(Upkeep(world.database), keep, sign_in)


async def test_a_guest_goes_some_time_after_the_last_session_ended(world: World) -> None:
    old, long_over = ago(days=90), {"status": "completed", "updatedAt": ago(days=31)}
    await world.guest(old)  # never got in
    was_in = await world.guest(old)
    await world.session(participant=was_in, **long_over)
    watched = await world.guest(old)
    await world.watches(watched, await world.session(**long_over))
    await Pictures(world.database).add(was_in, Picture("image/png", b"picture"))
    assert await task(world)() == 3
    assert await world.users() == set()
    assert await world.watchers() == set()
    assert await world.database.collection(PICTURES).count_documents({}) == 0


async def test_whoever_may_still_be_needed_stays(world: World, database: Database) -> None:
    old, over = ago(days=90), {"status": "completed", "updatedAt": ago(days=29)}
    new = await world.guest(ago(days=29))
    in_session = await world.guest(old)
    await world.session(participant=in_session, updatedAt=old)
    watching = await world.guest(old)
    await world.watches(watching, await world.session(updatedAt=old))
    was_in = await world.guest(old)
    await world.session(participant=was_in, **over)
    watched = await world.guest(old)
    await world.watches(watched, await world.session(**over))
    user = (await Users(database).register("Ada", "ada@example.com", "hash")).id
    await database.collection(USERS).update_one({"_id": user}, {"$set": {"createdAt": old}})
    assert await task(world)() == 0
    assert await world.users() == {new, in_session, watching, was_in, watched, user}
    assert await world.watchers() == {watching, watched}


async def test_a_guest_who_could_still_be_signed_in_stays(world: World) -> None:
    guest = await world.guest(ago(days=5))
    assert await task(world, keep=timedelta(0))() == 0
    assert await world.users() == {guest}
    assert await task(world, keep=timedelta(0), sign_in=timedelta(days=4))() == 1


async def test_many_go_in_portions_and_again_is_nothing(world: World, database: Database) -> None:
    rows: list[Document] = [
        {"_id": f"{number:024x}", "name": "Grace", "kind": "guest", "createdAt": ago(days=40)}
        for number in range(450)
    ]
    await database.collection(USERS).insert_many(rows)
    await world.session(participant=rows[200]["_id"])
    await world.watches(rows[300]["_id"], await world.session())
    assert await task(world)() == 448
    assert await world.users() == {rows[200]["_id"], rows[300]["_id"]}
    assert await task(world)() == 0


async def test_one_who_lost_only_the_places_in_sessions_is_removed_by_the_next_run(
    world: World,
) -> None:
    """As it is when the job was killed between the two."""
    guest = await world.guest(ago(days=40))
    await world.watches(guest, await world.session(status="completed", updatedAt=ago(days=31)))
    await world.database.collection(MEMBERS).delete_many({"user": guest})
    assert await task(world)() == 1
    assert await world.users() == set()
