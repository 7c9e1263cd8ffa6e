"""People of an issuer as stored: one row each, the newest news, and gone for good."""

from __future__ import annotations

import asyncio

from server.auth.profile import Profile
from server.store.database import DEPARTED, USERS, Database
from server.store.externals import UNNAMED, Externals
from server.store.users import Users


async def test_many_at_once_make_one_row_and_the_newest_wins(database: Database) -> None:
    externals = Externals(database)
    profiles = [Profile(name=f"Ada {number}", updated_at=number) for number in range(20)]
    users = await asyncio.gather(*(externals.upsert("x", each) for each in profiles))
    assert len({user.id for user in users if user}) == 1
    found = await externals.find("x")
    assert found
    assert found.name == "Ada 19"
    assert await database.collection(USERS).count_documents({}) == 1


async def test_what_is_not_told_stays(database: Database) -> None:
    externals = Externals(database)
    made = await externals.upsert("x", Profile(email="Ada@B.example"))
    assert made
    assert (made.name, made.email) == (UNNAMED, "ada@b.example")
    named = await externals.upsert("x", Profile(name="Ada", updated_at=1))
    assert named
    assert (named.id, named.name, named.email) == (made.id, "Ada", "ada@b.example")


async def test_people_of_an_issuer_share_addresses_freely(database: Database) -> None:
    externals, users = Externals(database), Users(database)
    profile = Profile(name="Ada", email="ada@b.example")
    account = await users.register("Ada", "ada@b.example", "hash")
    first, second = [await externals.upsert(each, profile) for each in ("x", "y")]
    assert first
    assert second
    assert len({account.id, first.id, second.id}) == 3
    assert await users.by_email("ada@b.example") == account


async def test_leaving_twice_tells_the_same_and_arriving_meanwhile_does_not_help(
    database: Database,
) -> None:
    externals = Externals(database)
    user = await externals.upsert("x", Profile(name="Ada"))
    assert user
    arrivals = [externals.upsert("x", Profile(name="Ada", updated_at=n)) for n in range(10)]
    results = await asyncio.gather(externals.leave("x"), *arrivals)
    assert results[0] == user.id
    assert await externals.leave("x") == user.id
    assert await externals.find("x") is None
    assert await externals.upsert("x", Profile(name="Ada", updated_at=99)) is None
    assert await externals.leave("never here") is None
    assert await database.collection(DEPARTED).count_documents({}) == 2
