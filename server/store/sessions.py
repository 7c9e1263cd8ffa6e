"""Sessions as stored, one at a time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from server.errors import (
    NoSuchSession,
    OwnSession,
    PracticeSession,
    SessionEnded,
    SessionFull,
)
from server.problems import Difficulty
from server.store.database import SESSIONS, Database, Document, change_one, now, reaching_storage

Status = Literal["active", "completed"]
Kind = Literal["interview", "practice"]
HOSTED: Final = 100


class AlreadyPractising(Exception):
    """There is a practice session for this problem already; it was made in this moment."""


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """An interview; `host` and `participant` are ids of people."""

    id: str = msgspec.field(name="_id")
    problem_id: str
    """Where the text, the starters and the tests come from; `problem` is its title back then."""
    problem: str
    difficulty: Difficulty
    host: str
    participant: str | None
    status: Status
    call_id: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    kind: Kind = "interview"
    """Practice is one person's, alone: in no list, without a seat, without an end."""

    @property
    def active(self) -> bool:
        return self.status == "active"

    def refuse_practice(self) -> None:
        """Raises PracticeSession unless this is an interview."""
        if self.kind == "practice":
            raise PracticeSession


class Sessions:
    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)

    async def add(
        self,
        session_id: str,
        *,
        problem: str,
        difficulty: Difficulty,
        host: str,
        problem_id: str,
        kind: Kind = "interview",
    ) -> Session:
        """Stores a new active session under an id that `new_id` made.

        Raises AlreadyPractising when the host has an active practice session for this problem.
        """
        moment = now()
        session = Session(
            id=session_id,
            problem=problem,
            difficulty=difficulty,
            host=host,
            participant=None,
            status="active",
            call_id=f"call_{secrets.token_hex(12)}",
            created_at=moment,
            updated_at=moment,
            problem_id=problem_id,
            kind=kind,
        )
        row = msgspec.to_builtins(session, builtin_types=(datetime,))
        row["lastSeenAt"] = moment  # whoever made it is about to enter
        with reaching_storage():
            try:
                await self._sessions.insert_one(row)
            except DuplicateKeyError as error:
                raise AlreadyPractising from error
        return session

    async def get(self, session_id: str) -> Session:
        """Raises NoSuchSession, also for what cannot be an id."""
        row = None
        if ObjectId.is_valid(session_id):
            with reaching_storage():
                row = await self._sessions.find_one({"_id": session_id})
        if row is None:
            raise NoSuchSession
        return msgspec.convert(row, Session)

    async def hosted(self, user_id: str) -> list[Session]:
        """The active ones somebody hosts, practice among them; at most HOSTED of them."""
        with reaching_storage():
            rows = await self._sessions.find({"host": user_id, "status": "active"}).to_list(HOSTED)
        return [msgspec.convert(row, Session) for row in rows]

    async def attended(self, user_id: str) -> list[str]:
        """The ids of the active ones somebody is interviewed in."""
        mine = {"participant": user_id, "status": "active"}
        with reaching_storage():
            rows = await self._sessions.find(mine, {"_id": True}).to_list()
        return [row["_id"] for row in rows]

    async def seat(self, session_id: str, user_id: str) -> tuple[Session, bool]:
        """Makes somebody the participant: (the session, whether that is news).

        One atomic operation, so of many at once exactly one gets the seat. Raises
        NoSuchSession, PracticeSession, OwnSession, SessionEnded or SessionFull.
        """
        free = {
            "_id": session_id,
            "status": "active",
            "participant": None,
            "host": {"$ne": user_id},
            "kind": "interview",
        }
        taken = await self._change(free, {"participant": user_id})
        if taken:
            return taken, True
        session = await self.get(session_id)
        session.refuse_practice()
        if session.host == user_id:
            raise OwnSession
        if not session.active:
            raise SessionEnded
        if session.participant != user_id:
            raise SessionFull
        return session, False

    async def unseat(self, session_id: str, user_id: str) -> Session | None:
        """Frees the participant's seat if this person has it; then the session, else None."""
        return await self._change(
            {"_id": session_id, "participant": user_id}, {"participant": None}
        )

    async def complete(self, session_id: str) -> Session:
        """Ends a session, once.

        Raises NoSuchSession, PracticeSession, or SessionEnded for one that cannot be ended (any
        more).
        """
        condition: Document = {"_id": session_id, "status": "active", "kind": "interview"}
        ended = await self._change(condition, {"status": "completed", "endedAt": now()})
        if ended:
            return ended
        (await self.get(session_id)).refuse_practice()
        raise SessionEnded("This session has already ended.")

    async def mark_seen(self, session_ids: Sequence[str]) -> None:
        """Notes that somebody is in the rooms of these sessions right now, or about to enter."""
        with reaching_storage():
            await self._sessions.update_many(
                {"_id": {"$in": list(session_ids)}}, {"$set": {"lastSeenAt": now()}}
            )

    async def completed_among(self, session_ids: Sequence[str]) -> list[Session]:
        """Those of these sessions that have ended."""
        with reaching_storage():
            rows = await self._sessions.find(
                {"_id": {"$in": list(session_ids)}, "status": "completed"}
            ).to_list()
        return [msgspec.convert(row, Session) for row in rows]

    async def _change(self, condition: Document, values: dict[str, Any]) -> Session | None:
        """Changes the session that meets the condition, if there is one, in one operation."""
        with reaching_storage():
            change = {"$set": {**values, "updatedAt": now()}}
            row = await change_one(self._sessions, condition, change)
        return msgspec.convert(row, Session) if row else None
