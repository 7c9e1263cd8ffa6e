"""Who is part of which session, by which invitation, and who was taken out of it.

The host and the participant stand in the session itself; a row here says since when and by
which invitation somebody is in, that a person watches, or that they were removed. Nobody has
two rows in a session, so of letting in and removing at the same time one comes last for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

import msgspec
from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from crdt.replica import Role
from server.errors import Removed, TooManyPeople
from server.store.database import MEMBERS, Database, Document, now, reaching_storage
from server.store.invites import Invite
from server.store.sessions import Session

REMOVED: Final = "removed"
IN: Final = (Role.PARTICIPANT.value, Role.SPECTATOR.value)

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before any removal."""

SPECTATORS: Final = 1000
"""How many may watch one session: the host sees all of them in one list. A few more get in when
many come in the same moment."""

WATCHED: Final = 1000
"""Sessions that one person watches and sees in a list."""


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody's row; `removed_at` stays when they are let in again. `speaks`: a spectator whom
    the host let take part in the call."""

    id: ObjectId = msgspec.field(name="_id")
    session: str
    user: str
    role: Literal["participant", "spectator", "removed"]
    created_at: datetime
    invite: str | None = None
    removed_at: datetime | None = None
    speaks: bool = False


class Removal(NamedTuple):
    """Somebody was taken out at that moment; `out`: and has not been let in again."""

    user: str
    at: datetime
    out: bool


class Members:
    def __init__(self, database: Database) -> None:
        self._members = database.collection(MEMBERS)

    # -- letting in ------------------------------------------------------------------------

    async def admit(
        self, session_id: str, user_id: str, role: Role, invite: Invite | None = None
    ) -> bool:
        """Notes that somebody is in, and by which invitation (None: without one); returns
        whether they had been removed before. Doing it again changes nothing.

        Raises Removed for somebody who was removed after the invitation was made, TooManyPeople
        for one more who wants to watch than may.
        """
        values: Document = {"role": role.value}
        if invite is not None:
            values["invite"] = invite.id
        while True:
            row = await self.find(session_id, user_id)
            _refuse_removed(row, invite)
            if role is Role.SPECTATOR and (row is None or row.role == REMOVED):
                await self._refuse_crowd(session_id)
            if row is None:
                if await self._insert(session_id, user_id, values):
                    return False
            elif await self._change(row, values):
                return row.role == REMOVED

    async def refuse_removed(
        self, session_id: str, user_id: str, invite: Invite | None = None
    ) -> None:
        """Raises Removed for whom `admit` would refuse."""
        _refuse_removed(await self.find(session_id, user_id), invite)

    # -- removing --------------------------------------------------------------------------

    async def remove(self, session_id: str, user_id: str) -> datetime:
        """Notes that somebody is out from now on, whatever they were; returns since when."""
        moment = now()
        values: Document = {"role": REMOVED, "removedAt": moment, "speaks": False}
        while True:
            row = await self.find(session_id, user_id)
            if row is None:
                if await self._insert(session_id, user_id, values):
                    return moment
            elif await self._change(row, values):
                return moment

    # -- taking part in the call -----------------------------------------------------------

    async def let(self, session_id: str, user_id: str, *, speaks: bool) -> bool:
        """Notes that a spectator may be heard and seen, or no more; returns whether they are one.
        Doing it again changes nothing."""
        while True:
            row = await self.find(session_id, user_id)
            if row is None or row.role != Role.SPECTATOR.value:
                return False
            if row.speaks is speaks or await self._change(row, {"speaks": speaks}):
                return True

    async def speakers(self, session_id: str) -> list[str]:
        """The ids of the spectators who may be heard and seen."""
        return [each.user for each in await self.of_session(session_id) if each.speaks]

    # -- removals --------------------------------------------------------------------------

    async def removals(self, session_id: str) -> list[Removal]:
        """Everybody who was ever removed from a session."""
        return (await self.removals_of([session_id])).get(session_id, [])

    async def removals_of(self, session_ids: Sequence[str]) -> dict[str, list[Removal]]:
        """The same for many sessions, by session; those without any are missing."""
        wanted = {"session": {"$in": list(session_ids)}, "removedAt": {"$gt": NEVER}}
        found: dict[str, list[Removal]] = {}
        with reaching_storage():
            async for row in self._members.find(wanted):
                removal = Removal(row["user"], row["removedAt"], row["role"] == REMOVED)
                found.setdefault(row["session"], []).append(removal)
        return found

    # -- asking ----------------------------------------------------------------------------

    async def find(self, session_id: str, user_id: str) -> Member | None:
        """Somebody's row, also of who was removed; None: they never had one."""
        with reaching_storage():
            row = await self._members.find_one({"session": session_id, "user": user_id})
        return msgspec.convert(row, Member) if row else None

    async def of_session(self, session_id: str) -> list[Member]:
        """Everybody who is in and has a row, as they came."""
        # named one by one: for "not removed" the embedded database reads the whole collection
        return await self._found({"session": session_id, "role": {"$in": list(IN)}})

    async def by_invites(self, session_id: str, invite_ids: Sequence[str]) -> list[Member]:
        """Those who are in by one of these invitations, as they came."""
        came = await self._found({"session": session_id, "invite": {"$in": list(invite_ids)}})
        return [member for member in came if member.role != REMOVED]

    async def role(self, session: Session, user_id: str) -> Role | None:
        """What somebody is in a session; None: nothing, or removed."""
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
            watching = {"user": user_id, "session": {"$in": unclear}, "role": Role.SPECTATOR.value}
            with reaching_storage():
                rows = await self._members.find(watching).to_list()
            watched = {row["session"] for row in rows}
            for session_id in unclear:
                found[session_id] = Role.SPECTATOR if session_id in watched else None
        return found

    async def watched_by(self, user_id: str) -> list[str]:
        """The ids of the sessions somebody watches, at most the newest WATCHED."""
        watching = {"user": user_id, "role": Role.SPECTATOR.value}
        with reaching_storage():
            rows = await (
                self._members.find(watching, {"session": 1})
                .sort("_id", DESCENDING)
                .to_list(WATCHED)
            )
        return [row["session"] for row in rows]

    async def _found(self, wanted: Document) -> list[Member]:
        with reaching_storage():
            rows = await self._members.find(wanted).sort("_id").to_list()
        return [msgspec.convert(row, Member) for row in rows]

    async def _refuse_crowd(self, session_id: str) -> None:
        """Raises TooManyPeople when as many watch as may."""
        watching = {"session": session_id, "role": Role.SPECTATOR.value}
        with reaching_storage():
            count = await self._members.count_documents(watching, limit=SPECTATORS)
        if count >= SPECTATORS:
            raise TooManyPeople

    async def _insert(self, session_id: str, user_id: str, values: Document) -> bool:
        """Whether it is the first row of this person there: else somebody was faster."""
        row = {"session": session_id, "user": user_id, "createdAt": now(), **values}
        with reaching_storage():
            try:
                await self._members.insert_one(row)
            except DuplicateKeyError:
                return False
        return True

    async def _change(self, row: Member, values: Document) -> bool:
        """Whether the row was still as it had been read."""
        # By _id: the embedded database reads the whole collection to update by anything else.
        same = {"_id": row.id, "role": row.role, "removedAt": row.removed_at}
        with reaching_storage():
            changed = await self._members.update_one(same, {"$set": values})
        return changed.matched_count == 1


def _refuse_removed(row: Member | None, invite: Invite | None) -> None:
    if row is None or row.role != REMOVED:
        return
    if invite is None or row.removed_at is None or invite.created_at <= row.removed_at:
        raise Removed
