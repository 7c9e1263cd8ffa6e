"""Runs as stored: the JSON-ready objects that everybody in the room saw."""

from __future__ import annotations

from typing import Any, Final

from pymongo import DESCENDING

from server.store.database import RUNS, Database, reaching_storage

LIST_LIMIT: Final = 50


class Runs:
    def __init__(self, database: Database) -> None:
        self._runs = database.collection(RUNS)

    async def save(self, run: dict[str, Any]) -> None:
        """Stores the run under its `_id`, in place of what was there."""
        with reaching_storage():
            await self._runs.replace_one({"_id": run["_id"]}, dict(run), upsert=True)

    async def of_session(
        self, session_id: str, limit: int | None = LIST_LIMIT
    ) -> list[dict[str, Any]]:
        """The newest `limit` runs of a session (None: all), oldest first."""
        with reaching_storage():
            rows = (
                await self._runs.find({"session": session_id})
                .sort([("createdAt", DESCENDING), ("_id", DESCENDING)])
                .to_list(limit)
            )
        return rows[::-1]
