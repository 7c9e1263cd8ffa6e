"""People and sessions of long ago, as the database would have them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crdt.replica import Role
from server.errors import StorageUnavailable
from server.store.database import MEMBERS, SESSIONS, USERS, Database, Document, new_id, now
from server.store.members import Members
from server.store.sessions import Session, Sessions
from server.store.users import Users


def ago(**units: float) -> datetime:
    return now() - timedelta(**units)


class World:
    def __init__(self, database: Database) -> None:
        self.database = database
        self._sessions = Sessions(database)
        self._users = Users(database)
        self._members = Members(database)

    async def session(self, **values: Any) -> str:
        """A new active session, never entered, in which these fields are as given; its id."""
        made = await self._sessions.add(
            new_id(),
            problem="Two Sum",
            problem_id="two-sum",
            difficulty="easy",
            host="the host",
        )
        await self.change(made.id, **{"lastSeenAt": None, **values})
        return made.id

    async def change(self, session_id: str, **values: Any) -> None:
        rows = self.database.collection(SESSIONS)
        await rows.update_one({"_id": session_id}, {"$set": values})

    async def row(self, session_id: str) -> Document:
        found = await self.database.collection(SESSIONS).find_one({"_id": session_id})
        assert found is not None
        return found

    async def sessions(self) -> list[Document]:
        return await self.database.collection(SESSIONS).find().to_list()

    async def guest(self, made: datetime) -> str:
        guest = await self._users.add_guest("Grace")
        users = self.database.collection(USERS)
        await users.update_one({"_id": guest.id}, {"$set": {"createdAt": made}})
        return guest.id

    async def watches(self, user_id: str, session_id: str) -> None:
        await self._members.admit(session_id, user_id, Role.SPECTATOR, None)

    async def users(self) -> set[str]:
        return {row["_id"] async for row in self.database.collection(USERS).find()}

    async def watchers(self) -> set[str]:
        return {row["user"] async for row in self.database.collection(MEMBERS).find()}


class Ends:
    """What closes sessions, and remembers with which words; `fails`: so often it cannot."""

    def __init__(self, fails: int = 0) -> None:
        self.reasons: dict[str, str] = {}
        self.times = 0
        self._fails = fails

    async def __call__(self, session: Session, reason: str) -> None:
        self.times += 1
        if self.times <= self._fails:
            raise StorageUnavailable
        assert not session.active
        self.reasons[session.id] = reason
