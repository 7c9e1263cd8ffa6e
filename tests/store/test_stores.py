"""People, sessions and invitations as stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from crdt.replica import Role
from server.errors import (
    EmailTaken,
    NoSuchInvite,
    NoSuchSession,
    OwnSession,
    PracticeSession,
    SessionEnded,
    SessionFull,
    StartupError,
    StorageUnavailable,
)
from server.store.database import INDEXES, Database, new_id
from server.store.invites import Invites
from server.store.runs import Runs
from server.store.sessions import Sessions
from server.store.users import Users
from tests.helpers.mongo import DatabaseProcess


@pytest.fixture
async def database(database_process: DatabaseProcess) -> AsyncIterator[Database]:
    opened = Database(database_process.url, f"test-{new_id()}")
    await opened.start()
    yield opened
    await opened.close()


async def made(sessions: Sessions, host: str = "host") -> str:
    session = await sessions.add(
        new_id(), problem="P", problem_id="p", difficulty="easy", host=host
    )
    return session.id


async def test_every_declared_index_exists_however_often_it_starts(database: Database) -> None:
    await database.start()
    for name, declared in INDEXES.items():
        present = await database.collection(name).index_information()
        for index in declared:
            assert index.document["name"] in present
    users = (await database.collection("users").index_information())["account"]
    assert users["unique"]
    assert users["partialFilterExpression"] == {"password": {"$exists": True}}


async def test_an_address_is_unique_and_guests_have_none(database: Database) -> None:
    users = Users(database)
    ada = await users.register("Ada", "Ada@Example.com", "hash")
    with pytest.raises(EmailTaken):
        await users.register("Eve", "ada@example.COM ", "hash")
    first, second = await users.add_guest("A"), await users.add_guest("B")
    assert await users.by_email("ADA@example.com") == ada
    assert set(await users.get_many([ada.id, first.id, second.id, "none"])) == {
        ada.id,
        first.id,
        second.id,
    }
    await users.rename_guest(first.id, "C")
    await users.rename_guest(ada.id, "C")
    assert [getattr(await users.get(each), "name", None) for each in (first.id, ada.id)] == [
        "C",
        "Ada",
    ]


async def test_registering_at_once_makes_one_account(database: Database) -> None:
    users = Users(database)
    results = await asyncio.gather(
        *(users.register("Ada", "ada@example.com", "hash") for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, EmailTaken) for result in results) == 4


async def test_a_seat_is_given_once(database: Database) -> None:
    sessions = Sessions(database)
    session = await made(sessions)
    results = await asyncio.gather(
        *(sessions.seat(session, f"user{number}") for number in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, SessionFull) for result in results) == 9
    seated = (await sessions.get(session)).participant
    assert seated is not None
    assert (await sessions.seat(session, seated))[1] is False
    with pytest.raises(OwnSession):
        await sessions.seat(session, "host")


async def test_a_seat_that_was_freed_can_be_taken_by_another(database: Database) -> None:
    sessions = Sessions(database)
    session = await made(sessions)
    await sessions.seat(session, "one")
    assert await sessions.unseat(session, "two") is None
    freed = await sessions.unseat(session, "one")
    assert freed is not None
    assert freed.participant is None
    assert (await sessions.seat(session, "two"))[0].participant == "two"


async def test_a_session_ends_once(database: Database) -> None:
    sessions = Sessions(database)
    session = await made(sessions)
    ended = await sessions.complete(session)
    assert ended.ended_at is not None
    assert (datetime.now(UTC) - ended.ended_at) < timedelta(hours=1)
    with pytest.raises(SessionEnded):
        await sessions.complete(session)
    with pytest.raises(SessionEnded):
        await sessions.seat(session, "somebody")


async def test_of_many_sessions_those_that_have_ended_are_told(database: Database) -> None:
    sessions = Sessions(database)
    over, active = await made(sessions), await made(sessions)
    assert await sessions.completed_among([over, active]) == []
    ended = await sessions.complete(over)
    assert await sessions.completed_among([over, active, new_id()]) == [ended]


async def test_nobody_joins_or_ends_a_practice(database: Database) -> None:
    sessions = Sessions(database)
    practice = new_id()
    await sessions.add(
        practice, problem="P", problem_id="p", difficulty="easy", host="host", kind="practice"
    )
    with pytest.raises(PracticeSession):
        await sessions.seat(practice, "somebody")
    with pytest.raises(PracticeSession):
        await sessions.complete(practice)


@pytest.mark.parametrize("missing", ["", "x", "0" * 24])
async def test_what_is_not_there_is_no_such_session(database: Database, missing: str) -> None:
    sessions = Sessions(database)
    for call in (sessions.get(missing), sessions.seat(missing, "u"), sessions.complete(missing)):
        with pytest.raises(NoSuchSession):
            await call


async def test_invitations_are_found_by_id(database: Database) -> None:
    invites = Invites(database, timedelta(hours=1))
    invite = await invites.add("session", Role.SPECTATOR)
    assert await invites.get(invite.id) == invite
    with pytest.raises(NoSuchInvite):
        await invites.get("none")


async def test_invitations_are_listed_while_they_are_good_and_removed_by_their_session(
    database: Database,
) -> None:
    invites = Invites(database, timedelta(hours=1))
    made = [await invites.add("session", Role.SPECTATOR) for _ in range(2)]
    await Invites(database, timedelta(0)).add("session", Role.SPECTATOR)
    await invites.add("another", Role.SPECTATOR)
    assert await invites.of_session("session") == made
    assert not await invites.remove("another", made[0].id)
    assert await invites.remove("session", made[0].id)
    assert [await invites.exists(each.id) for each in made] == [False, True]
    assert await invites.of_session("session") == made[1:]
    assert not await invites.remove("session", made[0].id)


async def test_runs_are_replaced_and_listed_oldest_first(database: Database) -> None:
    runs = Runs(database)
    for number in range(3):
        run = {"_id": str(number), "session": "s", "createdAt": f"2026-01-0{number + 1}"}
        await runs.save({**run, "status": "running"})
        await runs.save({**run, "status": "finished"})
    listed = await runs.of_session("s", limit=2)
    assert [(run["_id"], run["status"]) for run in listed] == [("1", "finished"), ("2", "finished")]
    assert await runs.of_session("t") == []


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    nowhere = Database("mongodb://127.0.0.1:1/?directConnection=true", "test")
    with pytest.raises(StorageUnavailable):
        await nowhere.ping()
    with pytest.raises(StorageUnavailable):
        await Users(nowhere).get("anybody")
    with pytest.raises(StartupError, match="Check DB_URL"):
        await nowhere.start()
    await nowhere.close()


@pytest.mark.parametrize(
    ("url", "name"), [("mongodb://", "x"), ("mongodb://h:x", "x"), ("mongodb://h", "a b")]
)
def test_an_address_that_makes_no_sense_names_the_setting(url: str, name: str) -> None:
    with pytest.raises(StartupError, match="DB_URL or DB_NAME"):
        Database(url, name)
