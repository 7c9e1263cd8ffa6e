"""Somebody's own figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.store.database import RUNS, SESSIONS, Database, Document, new_id, now
from server.store.stats import Day, Figures, Stats

TODAY = now().replace(hour=0, minute=0, second=0, microsecond=0)


def session(days_ago: int, hours: float | None = None, **changes: Any) -> Document:
    """One that began at midnight in UTC that many days ago, and took so long; None: goes on."""
    began = TODAY - timedelta(days=days_ago)
    ended = None if hours is None else began + timedelta(hours=hours)
    return {
        "_id": new_id(),
        "problemId": new_id(),
        "kind": "interview",
        "host": "me",
        "participant": None,
        "status": "active" if ended is None else "completed",
        "createdAt": began,
        "endedAt": ended,
        **changes,
    }


def run(at: datetime, right: bool | None, by: str = "me") -> Document:
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"_id": new_id(), "by": {"_id": by}, "createdAt": moment, "matchesExpected": right}


@pytest.fixture
def stats(database: Database) -> Stats:
    return Stats(database)


async def test_somebody_new_has_a_row_for_each_day_and_no_rate(stats: Stats) -> None:
    found = await stats.of_user("me", 3)
    dates = [(TODAY - timedelta(days=ago)).date() for ago in (2, 1, 0)]
    days = [Day(date=each, sessions=0, hours=0, runs=0, passed=0) for each in dates]
    assert found == Figures(
        active=0, completed=0, hours=0, people=0, runs=0, passed=0, pass_rate=None, days=days
    )
    assert len((await stats.of_user("me", 365)).days) == 365


async def test_sessions_count_whichever_side_one_was_on(database: Database, stats: Stats) -> None:
    await database.collection(SESSIONS).insert_many(
        [
            session(0, participant="ada"),
            session(0, 1.5, participant="ada"),
            session(1, 0.25, host="bob", participant="me"),
            session(40, 2, participant="cy"),
            session(0, 9, kind="practice"),
            session(0, 9, host="bob", participant="ada"),
        ]
    )
    found = await stats.of_user("me", 2)
    assert (found.active, found.completed, found.hours, found.people) == (1, 3, 3.75, 3)
    assert [(day.sessions, day.hours) for day in found.days] == [(1, 0.25), (2, 1.5)]


async def test_a_rate_is_of_the_runs_that_were_judged(database: Database, stats: Stats) -> None:
    last = TODAY - timedelta(milliseconds=1)
    await database.collection(RUNS).insert_many(
        [
            *(run(TODAY, right) for right in (True, False, False, None)),
            run(last, True),
            run(TODAY - timedelta(days=400), None),
            run(TODAY, True, by="ada"),
        ]
    )
    found = await stats.of_user("me", 2)
    assert (found.runs, found.passed, found.pass_rate) == (6, 2, 0.5)
    assert [(day.runs, day.passed) for day in found.days] == [(1, 1), (4, 1)]
