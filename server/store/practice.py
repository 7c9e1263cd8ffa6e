"""Practice sessions: the one that somebody has for a problem."""

from __future__ import annotations

import msgspec

from server.store.database import SESSIONS, Database, Document, change_one, now, reaching_storage
from server.store.sessions import Session


class Practice:
    """Of each person and problem at most one is active: an index keeps it so, and
    `Sessions.add` raises AlreadyPractising."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)

    async def of(self, user_id: str, problem_id: str) -> Session | None:
        with reaching_storage():
            row = await self._sessions.find_one(_active(user_id, problem_id))
        return msgspec.convert(row, Session) if row else None

    async def end(self, user_id: str, problem_id: str) -> Session | None:
        """Completes it, so that another can be made; returns it, or None when there is none."""
        moment = now()
        change = {"$set": {"status": "completed", "endedAt": moment, "updatedAt": moment}}
        active = _active(user_id, problem_id)
        with reaching_storage():
            row = await self._sessions.find_one(active)
            if row is not None:
                row = await change_one(self._sessions, active | {"_id": row["_id"]}, change)
        return msgspec.convert(row, Session) if row else None


def _active(user_id: str, problem_id: str) -> Document:
    return {"host": user_id, "problemId": problem_id, "kind": "practice", "status": "active"}
