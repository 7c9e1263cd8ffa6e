"""Somebody's own figures, added up by the database a day at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec

from server.store.database import (
    RUNS,
    SESSIONS,
    Collection,
    Database,
    Document,
    now,
    reaching_storage,
)

HOUR_MS: Final = 3_600_000


class Day(msgspec.Struct, frozen=True):
    """One day in UTC: sessions begun on it, the hours those lasted, runs started on it."""

    date: date
    sessions: int
    hours: float
    runs: int
    passed: int


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """All there ever was, and the last days one by one, oldest first.

    Sessions are those one hosts or is interviewed in, runs the own ones. `passed`: runs judged
    right; `pass_rate`: their share of the runs that were judged, None without any.
    """

    active: int
    completed: int
    hours: float
    people: int
    runs: int
    passed: int
    pass_rate: float | None
    days: list[Day]


class Stats:
    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)
        self._runs = database.collection(RUNS)

    async def of_user(self, user_id: str, days: int) -> Figures:
        """Raises StorageUnavailable."""
        hosted, taken, ran = await asyncio.gather(
            _rows(self._sessions, _sessions_by_day("host", "participant", user_id)),
            _rows(self._sessions, _sessions_by_day("participant", "host", user_id)),
            _rows(self._runs, _runs_by_day(user_id)),
        )
        # nobody is both in one session, so no session is counted twice
        sessions = [*hosted, *taken]
        judged, passed = _sum(ran, "judged"), _sum(ran, "passed")
        return Figures(
            active=_sum(sessions, "active"),
            completed=_sum(sessions, "completed"),
            hours=_hours(_sum(sessions, "milliseconds")),
            people=len({each for row in sessions for each in row["others"] if each}),
            runs=_sum(ran, "runs"),
            passed=passed,
            pass_rate=round(passed / judged, 4) if judged else None,
            days=_last_days(days, sessions, ran),
        )


def _sessions_by_day(mine: str, other: str, user_id: str) -> list[Document]:
    def count(status: str, value: object) -> Document:
        return {"$sum": {"$cond": [{"$eq": ["$status", status]}, value, 0]}}

    return [
        {"$match": {"kind": "interview", mine: user_id}},
        {
            "$group": {
                "_id": {"$dateToString": {"date": "$createdAt", "format": "%Y-%m-%d"}},  # UTC
                "active": count("active", 1),
                "completed": count("completed", 1),
                "milliseconds": count("completed", {"$subtract": ["$endedAt", "$createdAt"]}),
                "others": {"$addToSet": f"${other}"},
            }
        },
    ]


def _runs_by_day(user_id: str) -> list[Document]:
    def count(values: list[bool]) -> Document:
        return {"$sum": {"$cond": [{"$in": ["$matchesExpected", values]}, 1, 0]}}

    return [
        {"$match": {"by._id": user_id}},
        {"$project": {"_id": 0, "createdAt": 1, "matchesExpected": 1}},  # all in the index
        {
            "$group": {
                "_id": {"$substrBytes": ["$createdAt", 0, 10]},  # ISO 8601 in UTC
                "runs": {"$sum": 1},
                "judged": count([True, False]),
                "passed": count([True]),
            }
        },
    ]


async def _rows(collection: Collection, pipeline: list[Document]) -> list[Document]:
    with reaching_storage():
        return await (await collection.aggregate(pipeline)).to_list()


def _last_days(days: int, sessions: list[Document], ran: list[Document]) -> list[Day]:
    """Today and the days before, also those on which nothing was."""
    began, runs = _by_day(sessions), _by_day(ran)
    today = now().date()
    dates = [today - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    return [_day(each, began[each.isoformat()], runs[each.isoformat()]) for each in dates]


def _by_day(rows: list[Document]) -> defaultdict[str, list[Document]]:
    found: defaultdict[str, list[Document]] = defaultdict(list)
    for row in rows:
        found[row["_id"]].append(row)
    return found


def _day(day: date, began: list[Document], runs: list[Document]) -> Day:
    return Day(
        date=day,
        sessions=_sum(began, "active") + _sum(began, "completed"),
        hours=_hours(_sum(began, "milliseconds")),
        runs=_sum(runs, "runs"),
        passed=_sum(runs, "passed"),
    )


def _sum(rows: Iterable[Document], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def _hours(milliseconds: int) -> float:
    return round(milliseconds / HOUR_MS, 2)
