"""Lists as the database answers them: in order, whole, and without reading everything."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from crdt.replica import Role
from server.store.database import SESSIONS, Database, Document, new_id, now
from server.store.lists import Cursor, Look, SessionLists, Wanted
from server.store.members import Members

ANY = frozenset(Role)
COUNT = 1200
HOSTS = 30
START = now()


def row(number: int) -> Document:
    """Every third is a practice; of the rest every second is completed, seven share a moment."""
    return {
        "_id": new_id(),
        "problem": f"Problem {number}",
        "problemId": f"p{number}",
        "difficulty": ("easy", "medium", "hard")[number % 7 % 3],
        "kind": "practice" if number % 3 == 0 else "interview",
        "host": f"host{number % HOSTS}",
        "participant": f"taker{number % 31}",
        "status": "active" if number % 2 else "completed",
        "callId": "call",
        "createdAt": START + timedelta(milliseconds=number // 7),
        "updatedAt": START,
    }


@pytest.fixture
async def rows(database: Database) -> list[Document]:
    """A database with many sessions: they, newest first."""
    made = [row(number) for number in range(COUNT)]
    for start in range(0, COUNT, 200):  # all at once may take longer than the driver waits
        await database.collection(SESSIONS).insert_many(made[start : start + 200])
    return sorted(made, key=lambda each: (each["createdAt"], each["_id"]), reverse=True)


@pytest.fixture
def lists(database: Database) -> SessionLists:
    return SessionLists(database, Members(database))


async def whole(lists: SessionLists, wanted: Wanted) -> list[str]:
    """All pages behind one another."""
    found: list[str] = []
    while True:
        page = await lists.page(wanted)
        assert len(page.sessions) <= wanted.limit
        found += [session.id for session in page.sessions]
        if page.next is None:
            return found
        wanted = msgspec.structs.replace(wanted, after=Cursor.read(str(page.next)))


async def examined(database: Database, look: Look) -> int:
    """How many documents the database says it looks at to answer it."""
    find = {"find": SESSIONS, "filter": look.indexed}
    command = {"explain": find, "verbosity": "executionStats"}
    answer = await database._database.command(command)
    return int(answer["executionStats"]["totalDocsExamined"])


async def test_pages_hold_everything_once_and_in_order_also_within_one_moment(
    lists: SessionLists, rows: list[Document]
) -> None:
    interviews = [each for each in rows if each["kind"] == "interview"]
    active = [each["_id"] for each in interviews if each["status"] == "active"]
    for limit in (3, 100):
        assert await whole(lists, Wanted("active", "me", None, limit)) == active
    hard = [each["_id"] for each in interviews if each["difficulty"] == "hard"]
    wanted = Wanted("active", "me", None, 100, difficulty="hard", search="PROBLEM 1")
    assert await whole(lists, wanted) == [
        each["_id"]
        for each in interviews
        if each["_id"] in {*hard} & {*active} and each["problem"].startswith("Problem 1")
    ]


async def test_ones_own_are_merged_from_all_roles(
    database: Database, lists: SessionLists, rows: list[Document]
) -> None:
    me = "host7"
    done = [each for each in rows if each["kind"] == "interview" and each["status"] == "completed"]
    watched = [each["_id"] for each in done[::100]]
    members = Members(database)
    for session in watched:
        await members.admit(session, me, Role.SPECTATOR)
    theirs = {each["_id"] for each in done if each["host"] == me} | {*watched}
    wanted = Wanted("completed", me, ANY, 5)
    assert await whole(lists, wanted) == [each["_id"] for each in done if each["_id"] in theirs]
    alone = Wanted("completed", me, frozenset([Role.SPECTATOR]), 5)
    assert await whole(lists, alone) == watched


async def test_no_page_reads_more_than_its_own_list(
    database: Database, lists: SessionLists, rows: list[Document]
) -> None:
    """The embedded database sorts what its index gives; MongoDB stops after the page."""
    listed = [each for each in rows if each["kind"] == "interview" and each["status"] == "active"]
    behind = Cursor(listed[-100]["createdAt"], listed[-100]["_id"])
    members = Members(database)
    for session in listed[::50]:
        await members.admit(session["_id"], "host7", Role.SPECTATOR)
    for wanted, most in [
        (Wanted("active", "me", None, 50, difficulty="hard"), len(listed)),
        (Wanted("active", "me", None, 50, after=behind, search="1"), 100),
        (Wanted("active", "host7", ANY, 50, search="1"), COUNT // HOSTS),
        (Wanted("active", "host7", ANY, 50, after=behind), 20),
    ]:
        for looks in await lists.looks(wanted):
            for look in looks:
                assert await examined(database, look) <= most, look
