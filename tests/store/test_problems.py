"""Problems of people's own, and how far somebody has come, as stored."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from crdt.replica import Role
from server.errors import NoSuchProblem, TitleTaken, TooManyProblems
from server.problems import Draft
from server.store.database import Database, new_id
from server.store.lists import SessionLists, Wanted
from server.store.members import Members
from server.store.practice import Practice
from server.store.problems import MOST_PROBLEMS, OwnProblems
from server.store.progress import Progress
from server.store.sessions import AlreadyPractising, Sessions
from tests.problems.drafts import draft


def drafted(title: str = "Largest Gap", **changes: Any) -> Draft:
    return msgspec.convert(draft(title, **changes), Draft)


async def test_what_was_written_comes_back_as_it_was(database: Database) -> None:
    own = OwnProblems(database)
    written = drafted(starter={"python": "def largest_gap(nums):\n    pass\n", "java": ""})
    added = await own.add("gap_1", "ada", written)
    assert added.draft == written
    for name in ("gap_1", "Largest Gap", " largest gap "):
        assert await own.find(name, "ada") == added
        assert await own.find(name, "eve") is None
    assert added.problem.starter.python == written.starter.python
    assert "largestGap(" in added.problem.starter.java


async def test_a_title_is_one_persons_once_and_free_again_when_deleted(database: Database) -> None:
    own = OwnProblems(database)
    await own.add("gap_1", "ada", drafted())
    await own.add("gap_2", "eve", drafted())
    with pytest.raises(TitleTaken):
        await own.add("gap_3", "ada", drafted("LARGEST GAP"))
    other = await own.add("gap_3", "ada", drafted("Smallest Gap"))
    with pytest.raises(TitleTaken):
        await own.replace(other.id, "ada", drafted("Largest gap"))
    await own.delete("gap_1", "ada")
    await own.replace(other.id, "ada", drafted("Largest gap"))


async def test_adding_one_title_at_once_makes_one(database: Database) -> None:
    own = OwnProblems(database)
    results = await asyncio.gather(
        *(own.add(f"gap_{number}", "ada", drafted()) for number in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, TitleTaken) for result in results) == 4


async def test_a_problem_is_changed_and_deleted_by_its_owner_alone(database: Database) -> None:
    own = OwnProblems(database)
    await own.add("gap_1", "ada", drafted())
    with pytest.raises(NoSuchProblem):
        await own.replace("gap_1", "eve", drafted("Mine"))
    with pytest.raises(NoSuchProblem):
        await own.delete("gap_1", "eve")
    changed = await own.replace("gap_1", "ada", drafted("Wide Gap"))
    assert changed.id == "gap_1"
    assert changed.updated_at >= changed.created_at
    assert [row.title for row in await own.of_owner("ada")] == ["Wide Gap"]


async def test_a_deleted_problem_is_there_for_its_sessions_only(database: Database) -> None:
    own = OwnProblems(database)
    added = await own.add("gap_1", "ada", drafted())
    await own.delete("gap_1", "ada")
    assert await own.find("gap_1", "ada") is None
    assert await own.of_owner("ada") == []
    assert await own.of_session("gap_1") == added
    for change in (own.delete("gap_1", "ada"), own.replace("gap_1", "ada", drafted())):
        with pytest.raises(NoSuchProblem):
            await change


async def test_a_person_has_a_bounded_number(database: Database) -> None:
    own = OwnProblems(database)
    await asyncio.gather(
        *(own.add(f"gap_{at}", "ada", drafted(f"Gap {at}")) for at in range(MOST_PROBLEMS))
    )
    with pytest.raises(TooManyProblems):
        await own.add("one_more", "ada", drafted())
    await own.add("gap_eve", "eve", drafted())
    await own.delete("gap_0", "ada")
    await own.add("one_more", "ada", drafted())
    assert len(await own.of_owner("ada")) == MOST_PROBLEMS


async def test_what_was_solved_stays_solved(database: Database) -> None:
    progress = Progress(database)
    assert await progress.of("ada") == {}
    await progress.note("ada", "two-sum", language="python", solved=False)
    assert await progress.of("ada") == {"two-sum": "tried"}
    for language in ("python", "java", "python"):
        await progress.note("ada", "two-sum", language=language, solved=True)
    await progress.note("ada", "two-sum", language="javascript", solved=False)
    assert await progress.of("ada") == {"two-sum": "solved"}
    assert await progress.of("eve") == {}
    row = await database.collection("progress").find_one({"_id": "ada:two-sum"})
    assert row is not None
    assert (row["user"], row["problem"], row["languages"]) == ("ada", "two-sum", ["python", "java"])


async def test_solving_at_once_is_one_row(database: Database) -> None:
    progress = Progress(database)
    await asyncio.gather(
        *(
            progress.note("ada", "two-sum", language="python", solved=number == 3)
            for number in range(8)
        )
    )
    assert await progress.of("ada") == {"two-sum": "solved"}


async def test_a_problem_is_practised_in_one_session_at_a_time(database: Database) -> None:
    sessions, practice = Sessions(database), Practice(database)

    async def start(problem_id: str = "two-sum") -> str:
        made = await sessions.add(
            new_id(),
            problem="Two Sum",
            difficulty="easy",
            host="ada",
            problem_id=problem_id,
            kind="practice",
        )
        return made.id

    results = await asyncio.gather(*(start() for _ in range(5)), return_exceptions=True)
    (first,) = [result for result in results if isinstance(result, str)]
    assert sum(isinstance(result, AlreadyPractising) for result in results) == 4
    await start("three-sum")
    found = await practice.of("ada", "two-sum")
    assert found is not None
    assert found.id == first
    ended = await practice.end("ada", "two-sum")
    assert ended is not None
    assert ended.id == first
    assert await practice.of("ada", "two-sum") is None
    assert await practice.end("ada", "two-sum") is None
    assert await start() != first
    interview = await sessions.add(
        new_id(), problem="Two Sum", difficulty="easy", host="ada", problem_id="two-sum"
    )
    lists = SessionLists(database, Members(database))
    roles = frozenset(Role)
    active = await lists.page(Wanted("active", "ada", roles, 10))
    assert [each.id for each in active.sessions] == [interview.id]
    assert (await lists.page(Wanted("completed", "ada", roles, 10))).sessions == []
