"""Invitations that were given out; the database forgets them when they expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from crdt.replica import Role
from server.errors import NoSuchInvite
from server.store.database import INVITES, Database, new_id, now, reaching_storage

LIST_LIMIT: Final = 200


class Invite(msgspec.Struct, frozen=True, rename="camel"):
    id: str = msgspec.field(name="_id")
    session: str
    role: Role
    created_at: datetime
    expires_at: datetime


class Invites:
    """`ttl`: how long an invitation is good."""

    def __init__(self, database: Database, ttl: timedelta) -> None:
        self._invites = database.collection(INVITES)
        self._ttl = ttl

    async def add(self, session_id: str, role: Role) -> Invite:
        moment = now()
        invite = Invite(
            id=new_id(),
            session=session_id,
            role=role,
            created_at=moment,
            # whole seconds: what a signed token can say
            expires_at=(moment + self._ttl).replace(microsecond=0),
        )
        row = msgspec.to_builtins(invite, builtin_types=(datetime,))
        with reaching_storage():
            await self._invites.insert_one(row)
        return invite

    async def get(self, invite_id: str) -> Invite:
        """Raises NoSuchInvite."""
        with reaching_storage():
            row = await self._invites.find_one({"_id": invite_id})
        if row is None:
            raise NoSuchInvite
        return msgspec.convert(row, Invite)

    async def of_session(self, session_id: str) -> list[Invite]:
        """Those that still let somebody in, oldest first, at most LIST_LIMIT."""
        good = {"session": session_id, "expiresAt": {"$gt": now()}}
        with reaching_storage():
            rows = await self._invites.find(good).sort("_id").to_list(LIST_LIMIT)
        return [msgspec.convert(row, Invite) for row in rows]

    async def exists(self, invite_id: str) -> bool:
        with reaching_storage():
            return await self._invites.find_one({"_id": invite_id}, {"_id": 1}) is not None

    async def remove(self, session_id: str, invite_id: str) -> bool:
        """Whether there was such a one, of this session."""
        with reaching_storage():
            gone = await self._invites.delete_one({"_id": invite_id, "session": session_id})
        return gone.deleted_count > 0
