"""Invitations that were given out; the database forgets them when they expire."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from crdt.replica import Role
from server.errors import NoSuchInvite
from server.store.database import INVITES, Database, new_id, now, reaching_storage


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
