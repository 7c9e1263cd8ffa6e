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
    NotAllowed,
    OwnSession,
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
    session = await sessions.add(new_id(), problem="P", difficulty="easy", host=host)
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


async def test_ending_is_the_hosts_and_final(database: Database) -> None:
    sessions = Sessions(database)
    session = await made(sessions)
    with pytest.raises(NotAllowed):
        await sessions.end(session, "somebody")
    ended = await sessions.end(session, "host")
    assert ended.ended_at is not None
    assert (datetime.now(UTC) - ended.ended_at) < timedelta(hours=1)
    with pytest.raises(SessionEnded):
        await sessions.end(session, "host")
    with pytest.raises(SessionEnded):
        await sessions.seat(session, "somebody")


@pytest.mark.parametrize("missing", ["", "x", "0" * 24])
async def test_what_is_not_there_is_no_such_session(database: Database, missing: str) -> None:
    sessions = Sessions(database)
    for call in (sessions.get(missing), sessions.seat(missing, "u"), sessions.end(missing, "u")):
        with pytest.raises(NoSuchSession):
            await call


async def test_roles_and_lists_know_spectators(database: Database) -> None:
    sessions = Sessions(database)
    watched, unknown = await made(sessions), await made(sessions)
    for _ in range(2):
        await sessions.add_spectator(watched, "watcher")
    both = [await sessions.get(watched), await sessions.get(unknown)]
    assert await sessions.roles(both, "watcher") == {watched: Role.SPECTATOR, unknown: None}
    mine = await sessions.active("watcher", only_mine=True)
    assert [session.id for session in mine] == [watched]
    everything = await sessions.active("watcher", only_mine=False)
    assert [session.id for session in everything] == [watched, unknown]
    await sessions.end(watched, "host")
    assert [session.id for session in await sessions.recent("watcher")] == [watched]


async def test_invitations_are_found_by_id(database: Database) -> None:
    invites = Invites(database, timedelta(hours=1))
    invite = await invites.add("session", Role.SPECTATOR)
    assert await invites.get(invite.id) == invite
    with pytest.raises(NoSuchInvite):
        await invites.get("none")


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
