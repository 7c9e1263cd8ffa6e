"""How far people have come with the problems they practise."""

from __future__ import annotations

from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from server.store.database import PROGRESS, Database, now, reaching_storage

State = Literal["tried", "solved"]


class Progress:
    """One row for a person and a problem: ``{_id: "user:problem", user, problem, state,
    languages, updatedAt}``; ``languages`` are those it was solved in."""

    def __init__(self, database: Database) -> None:
        self._progress = database.collection(PROGRESS)

    async def note(self, user: str, problem: str, *, language: str, solved: bool) -> None:
        """Somebody ran their code. What was solved stays solved; doing it again changes nothing
        but the time."""
        row = f"{user}:{problem}"
        first: dict[str, Any] = {"user": user, "problem": problem}
        change: dict[str, Any] = {"$set": {"updatedAt": now()}, "$setOnInsert": first}
        if solved:
            change["$set"]["state"] = "solved"
            change["$addToSet"] = {"languages": language}
        else:
            first |= {"state": "tried", "languages": []}
        with reaching_storage():
            try:
                await self._progress.update_one({"_id": row}, change, upsert=True)
            except DuplicateKeyError:  # another run made the row in this moment
                await self._progress.update_one({"_id": row}, change)

    async def of(self, user: str) -> dict[str, State]:
        """Everything this person has tried or solved, by problem id."""
        with reaching_storage():
            rows = await self._progress.find({"user": user}).to_list()
        return {row["problem"]: row["state"] for row in rows}
