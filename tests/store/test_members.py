"""Who is part of a session, and who was taken out of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from crdt.replica import Role
from server.errors import Removed, TooManyPeople
from server.store.database import MEMBERS, Database, Document, new_id, now
from server.store.invites import Invite, Invites
from server.store.members import SPECTATORS, Members
from server.store.sessions import Sessions
from tests.store.test_stores import made


@pytest.fixture
def members(database: Database) -> Members:
    return Members(database)


@pytest.fixture
def invites(database: Database) -> Invites:
    return Invites(database, timedelta(hours=1))


async def later(invites: Invites, members: Members, user: str) -> Invite:
    """An invitation made after the removal, however coarse the clock is."""
    (removal,) = [each for each in await members.removals("s") if each.user == user]
    while (invite := await invites.add("s", Role.SPECTATOR)).created_at <= removal.at:
        pass
    return invite


async def crowd(database: Database, count: int, **values: object) -> None:
    """That many rows in session s; `values`: what else they say."""
    row = {"session": "s", "role": "spectator", "createdAt": now(), **values}
    rows = [{**row, "user": f"user{number}"} for number in range(count)]
    for start in range(0, count, 200):  # all at once may take longer than the driver waits
        await database.collection(MEMBERS).insert_many(rows[start : start + 200])


async def examined(database: Database, wanted: Document) -> int:
    """How many rows the database says it looks at to find them."""
    find = {"find": MEMBERS, "filter": wanted}
    command = {"explain": find, "verbosity": "executionStats"}
    answer = await database._database.command(command)
    return int(answer["executionStats"]["totalDocsExamined"])


async def test_roles_know_spectators(database: Database, members: Members) -> None:
    sessions = Sessions(database)
    watched, unknown = await made(sessions), await made(sessions)
    for _ in range(2):
        assert not await members.admit(watched, "watcher", Role.SPECTATOR)
    both = [await sessions.get(watched), await sessions.get(unknown)]
    assert await members.roles(both, "watcher") == {watched: Role.SPECTATOR, unknown: None}
    assert await members.role(both[0], "host") is Role.HOST
    assert await members.watched_by("watcher") == [watched]
    await members.remove(watched, "watcher")
    assert await members.role(both[0], "watcher") is None
    assert await members.watched_by("watcher") == []


async def test_a_row_tells_the_newest_invitation_and_since_when(
    members: Members, invites: Invites
) -> None:
    one, two = await invites.add("s", Role.SPECTATOR), await invites.add("s", Role.PARTICIPANT)
    await members.admit("s", "ada", Role.SPECTATOR, one)
    (before,) = await members.of_session("s")
    await members.admit("s", "ada", Role.PARTICIPANT, two)
    (after,) = await members.of_session("s")
    assert (before.invite, after.invite) == (one.id, two.id)
    assert (before.role, after.role) == (Role.SPECTATOR, Role.PARTICIPANT)
    assert after.created_at == before.created_at
    assert await members.by_invites("s", [one.id]) == []
    assert await members.by_invites("s", [one.id, two.id]) == [after]


async def test_who_was_removed_comes_in_only_by_a_later_invitation(
    members: Members, invites: Invites
) -> None:
    early = await invites.add("s", Role.SPECTATOR)
    await members.admit("s", "ada", Role.SPECTATOR, early)
    at = await members.remove("s", "ada")
    assert await members.removals("s") == [("ada", at, True)]
    assert await members.by_invites("s", [early.id]) == []
    for invite in (early, None):
        with pytest.raises(Removed):
            await members.admit("s", "ada", Role.SPECTATOR, invite)
        with pytest.raises(Removed):
            await members.refuse_removed("s", "ada", invite)
    late = await later(invites, members, "ada")
    await members.refuse_removed("s", "ada", late)
    assert await members.admit("s", "ada", Role.SPECTATOR, late)
    assert await members.removals("s") == [("ada", at, False)]
    assert not await members.admit("s", "ada", Role.SPECTATOR, early), "in is in"


async def test_somebody_who_comes_by_two_tabs_at_once_has_one_row(
    members: Members, invites: Invites
) -> None:
    invite = await invites.add("s", Role.SPECTATOR)
    await asyncio.gather(*(members.admit("s", "ada", Role.SPECTATOR, invite) for _ in range(10)))
    assert [member.user for member in await members.of_session("s")] == ["ada"]


async def test_coming_and_being_removed_at_once_leaves_nobody_half_in(
    members: Members, invites: Invites
) -> None:
    invite = await invites.add("s", Role.SPECTATOR)
    for number in range(20):
        user = f"user{number}"
        results = await asyncio.gather(
            members.admit("s", user, Role.SPECTATOR, invite),
            members.remove("s", user),
            return_exceptions=True,
        )
        assert all(isinstance(each, Removed) for each in results if isinstance(each, Exception))
    assert all(removal.out for removal in await members.removals("s"))


async def test_removals_are_read_for_many_sessions_at_once(members: Members) -> None:
    one, two, none = new_id(), new_id(), new_id()
    for session in (one, two):
        await members.remove(session, "eve")
    await members.admit(none, "ada", Role.SPECTATOR)
    found = await members.removals_of([one, two, none])
    assert {session: [each.user for each in rows] for session, rows in found.items()} == {
        one: ["eve"],
        two: ["eve"],
    }


async def test_nobody_is_overlooked_behind_many_who_were_removed(
    database: Database, members: Members, invites: Invites
) -> None:
    link = await invites.add("s", Role.SPECTATOR)
    await crowd(database, 1100, role="removed", removedAt=now(), invite=link.id)
    await members.admit("s", "last", Role.SPECTATOR, link)
    assert [each.user for each in await members.of_session("s")] == ["last"]
    assert [each.user for each in await members.by_invites("s", [link.id])] == ["last"]
    found = await members.find("s", "last")
    assert found is not None
    assert found.invite == link.id
    assert await members.find("s", "nobody") is None


async def test_people_are_found_without_reading_those_of_other_sessions(
    database: Database, members: Members
) -> None:
    await crowd(database, 300, invite="link", session="t")
    await members.admit("s", "ada", Role.SPECTATOR)
    for wanted in (
        {"session": "s", "role": {"$in": ["participant", "spectator"]}},
        {"session": "s", "role": "spectator"},
        {"session": "s", "invite": {"$in": ["link", "other"]}},
    ):
        assert await examined(database, wanted) <= 1


async def test_a_session_has_room_for_so_many_who_watch(
    database: Database, members: Members, invites: Invites
) -> None:
    link = await invites.add("s", Role.SPECTATOR)
    await crowd(database, SPECTATORS)
    with pytest.raises(TooManyPeople):
        await members.admit("s", "late", Role.SPECTATOR, link)
    await members.admit("s", "user7", Role.SPECTATOR, link)  # who is in stays in
    await members.admit("s", "candidate", Role.PARTICIPANT, link)
    assert len(await members.of_session("s")) == SPECTATORS + 1
    await members.remove("s", "user8")
    await members.admit("s", "late", Role.SPECTATOR, link)


async def test_only_who_watches_is_let_take_part_and_it_can_be_taken_back(members: Members) -> None:
    for user, role in (("eve", Role.SPECTATOR), ("bob", Role.PARTICIPANT)):
        await members.admit("s", user, role)
    for user in ("bob", "nobody"):
        assert not await members.let("s", user, speaks=True)
    for speaks in (True, True, False, False, True):
        assert await members.let("s", "eve", speaks=speaks)
        assert await members.speakers("s") == (["eve"] if speaks else [])
    assert await members.speakers("another") == []


async def test_who_is_removed_takes_no_part_any_more_also_when_let_in_again(
    members: Members, invites: Invites
) -> None:
    await members.admit("s", "eve", Role.SPECTATOR)
    await members.let("s", "eve", speaks=True)
    await members.remove("s", "eve")
    assert not await members.let("s", "eve", speaks=True)
    await members.admit("s", "eve", Role.SPECTATOR, await later(invites, members, "eve"))
    assert await members.speakers("s") == []


async def test_letting_and_removing_at_the_same_time_ends_removed(members: Members) -> None:
    await members.admit("s", "eve", Role.SPECTATOR)
    await asyncio.gather(members.let("s", "eve", speaks=True), members.remove("s", "eve"))
    row = await members.find("s", "eve")
    assert row is not None
    assert (row.role, row.speaks) == ("removed", False)
