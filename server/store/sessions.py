"""Sessions as stored, and who watches them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from bson import ObjectId
from pymongo import DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from crdt.replica import Role
from server.errors import (
    NoSuchSession,
    NotAllowed,
    OwnSession,
    PracticeSession,
    SessionEnded,
    SessionFull,
)
from server.store.database import MEMBERS, SESSIONS, Database, Document, now, reaching_storage

Difficulty = Literal["easy", "medium", "hard"]
Status = Literal["active", "completed"]
Kind = Literal["interview", "practice"]

LIST_LIMIT: Final = 50
INTERVIEWS: Final[Document] = {"kind": {"$ne": "practice"}}
NEWEST_FIRST: Final = [("createdAt", DESCENDING), ("_id", DESCENDING)]


class AlreadyPractising(Exception):
    """There is a practice session for this problem already; it was made in this moment."""


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """An interview; `host` and `participant` are ids of people."""

    id: str = msgspec.field(name="_id")
    problem: str  # its title
    difficulty: Difficulty
    host: str
    participant: str | None
    status: Status
    call_id: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    problem_id: str = ""
    """Empty in sessions from before there was one: they name their problem by title."""
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
        self._members = database.collection(MEMBERS)

    async def add(
        self,
        session_id: str,
        *,
        problem: str,
        difficulty: Difficulty,
        host: str,
        problem_id: str = "",
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

    async def active(self, user_id: str, *, only_mine: bool) -> list[Session]:
        """The newest active ones, those this person is part of first."""
        mine = await self._find({"status": "active", **await self._part_of(user_id)})
        if only_mine or len(mine) >= LIST_LIMIT:
            return mine
        known = {session.id for session in mine}
        others = await self._find({"status": "active"})
        return (mine + [each for each in others if each.id not in known])[:LIST_LIMIT]

    async def recent(self, user_id: str) -> list[Session]:
        """The newest completed ones this person took part in."""
        return await self._find({"status": "completed", **await self._part_of(user_id)})

    async def hosted(self, user_id: str) -> list[Session]:
        """The active ones somebody hosts, at most LIST_LIMIT of them."""
        return await self._find({"status": "active", "host": user_id})

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
            **INTERVIEWS,
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

    async def end(self, session_id: str, host_id: str) -> Session:
        """Raises NoSuchSession, NotAllowed (not the host), PracticeSession or SessionEnded
        (already)."""
        mine = {"_id": session_id, "status": "active", "host": host_id, **INTERVIEWS}
        ended = await self._change(mine, {"status": "completed", "endedAt": now()})
        if ended:
            return ended
        session = await self.get(session_id)
        if session.host != host_id:
            raise NotAllowed("Only the host can end a session.")
        session.refuse_practice()
        raise SessionEnded("This session has already ended.")

    async def add_spectator(self, session_id: str, user_id: str) -> None:
        """Lets somebody watch; doing it again changes nothing."""
        member = {"session": session_id, "user": user_id}
        with reaching_storage():
            try:
                await self._members.insert_one(
                    {**member, "role": Role.SPECTATOR.value, "createdAt": now()}
                )
            except DuplicateKeyError:
                return

    async def role(self, session: Session, user_id: str) -> Role | None:
        """What somebody is in a session; None: nothing."""
        return (await self.roles([session], user_id))[session.id]

    async def roles(self, sessions: Sequence[Session], user_id: str) -> dict[str, Role | None]:
        """What somebody is in each of these sessions, by session id."""
        found: dict[str, Role | None] = {}
        for session in sessions:
            if session.host == user_id:
                found[session.id] = Role.HOST
            elif session.participant == user_id:
                found[session.id] = Role.PARTICIPANT
        if unclear := [each.id for each in sessions if each.id not in found]:
            with reaching_storage():
                rows = await self._members.find(
                    {"user": user_id, "session": {"$in": unclear}}
                ).to_list()
            watched = {row["session"] for row in rows}
            for session_id in unclear:
                found[session_id] = Role.SPECTATOR if session_id in watched else None
        return found

    async def _part_of(self, user_id: str) -> Document:
        """The condition of having any role in a session."""
        with reaching_storage():
            rows = await self._members.find({"user": user_id}).sort("_id", DESCENDING).to_list(1000)
        watched = [row["session"] for row in rows]
        return {"$or": [{"host": user_id}, {"participant": user_id}, {"_id": {"$in": watched}}]}

    async def _find(self, condition: Document) -> list[Session]:
        with reaching_storage():
            found = self._sessions.find({**condition, **INTERVIEWS})
            rows = await found.sort(NEWEST_FIRST).to_list(LIST_LIMIT)
        return [msgspec.convert(row, Session) for row in rows]

    async def _change(self, condition: Document, values: dict[str, Any]) -> Session | None:
        """Changes the session that meets the condition, if there is one, in one operation."""
        with reaching_storage():
            row = await self._sessions.find_one_and_update(
                condition,
                {"$set": {**values, "updatedAt": now()}},
                return_document=ReturnDocument.AFTER,
            )
        return msgspec.convert(row, Session) if row else None
