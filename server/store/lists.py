"""Lists of sessions, newest first, a page at a time.

Each page is read from an index from where the last one ended (keyset), so that what comes or
ends meanwhile moves nothing, and a late page costs no more than the first. One's own sessions
are a list for each role, merged here. No condition has an alternative ($or) in it: the embedded
database reads the whole collection for one.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from bson import ObjectId

from crdt.replica import Role
from server.errors import InvalidQuery
from server.problems import Difficulty
from server.store.database import NEWEST_FIRST, SESSIONS, Database, Document, reaching_storage
from server.store.members import NEVER, Members
from server.store.sessions import Session, Status


class Cursor(NamedTuple):
    """The last session of a page: the next page begins behind it."""

    created_at: datetime
    id: str

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Raises InvalidQuery for anything `str()` did not write."""
        try:
            raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
            milliseconds, _, session_id = raw.partition(" ")
            if not ObjectId.is_valid(session_id):
                raise ValueError
            return cls(NEVER + timedelta(milliseconds=int(milliseconds)), session_id)
        except (binascii.Error, ValueError, OverflowError) as error:
            raise InvalidQuery("cursor is not one of ours.", field="cursor") from error

    def __str__(self) -> str:
        milliseconds = (self.created_at - NEVER) // timedelta(milliseconds=1)
        return base64.urlsafe_b64encode(f"{milliseconds} {self.id}".encode()).decode().rstrip("=")


class Wanted(msgspec.Struct, frozen=True):
    """Which sessions; `roles`: only those where `user_id` is one of these, None: anybody's."""

    status: Status
    user_id: str
    roles: frozenset[Role] | None
    limit: int
    difficulty: Difficulty | None = None
    search: str = ""
    """Somewhere in the problem's title, whatever the case."""
    after: Cursor | None = None


class Page(NamedTuple):
    sessions: list[Session]
    next: Cursor | None
    """Where to go on; None: this was the last page."""


class Look(NamedTuple):
    """One reading of the collection: `indexed` is answered by an index, `rest` by looking at what
    that gives.

    They are stages of their own because the embedded database uses no index for a condition
    with a field that the index lacks; MongoDB makes one stage of both.
    """

    indexed: Document
    rest: Document

    def pipeline(self, limit: int) -> list[Document]:
        return [
            {"$match": self.indexed},
            {"$match": self.rest},
            {"$sort": dict(NEWEST_FIRST)},
            {"$limit": limit},
        ]


class SessionLists:
    def __init__(self, database: Database, members: Members) -> None:
        self._sessions = database.collection(SESSIONS)
        self._members = members

    async def page(self, wanted: Wanted) -> Page:
        """Raises InvalidQuery for a search that cannot be, or StorageUnavailable."""
        found = await asyncio.gather(
            *(self._list(looks, wanted.limit + 1) for looks in await self.looks(wanted))
        )
        merged = {session.id: session for sessions in found for session in sessions}
        newest = sorted(merged.values(), key=_place, reverse=True)
        shown, rest = newest[: wanted.limit], newest[wanted.limit :]
        return Page(shown, Cursor(*_place(shown[-1])) if rest else None)

    async def looks(self, wanted: Wanted) -> list[list[Look]]:
        """For each list to merge, what is asked one after the other on the way down."""
        fixed: Document = {"kind": "interview", "status": wanted.status}
        filters: Document = {}
        if wanted.difficulty:
            filters["difficulty"] = wanted.difficulty
        if not wanted.search.isprintable():  # MongoDB takes no regex with a NUL in it
            raise InvalidQuery("search must not have invisible characters.", field="search")
        if wanted.search:
            filters["problem"] = {"$regex": re.escape(wanted.search), "$options": "i"}
        behind = _behind(wanted.after)
        roles = wanted.roles
        if roles is None:
            return [[Look({**fixed, **each}, filters) for each in behind]]
        looks = [
            [Look({**fixed, role.value: wanted.user_id, **each}, filters) for each in behind]
            for role in (Role.HOST, Role.PARTICIPANT)
            if role in roles
        ]
        if Role.SPECTATOR in roles and (ids := await self._members.watched_by(wanted.user_id)):
            watched = {"_id": {"$in": ids}}
            looks.append([Look(watched, {**fixed, **filters, **each}) for each in behind])
        return looks

    async def _list(self, looks: list[Look], limit: int) -> list[Session]:
        """The first sessions that the looks find, at most `limit`."""
        found: list[Document] = []
        with reaching_storage():
            for look in looks:
                if (left := limit - len(found)) > 0:
                    found += await (await self._sessions.aggregate(look.pipeline(left))).to_list()
        return [msgspec.convert(row, Session) for row in found]


def _place(session: Session) -> tuple[datetime, str]:
    return session.created_at, session.id


def _behind(after: Cursor | None) -> list[Document]:
    """What is left of a list: the rest of the cursor's moment, then all before it."""
    if after is None:
        return [{}]
    return [
        {"createdAt": after.created_at, "_id": {"$lt": after.id}},
        {"createdAt": {"$lt": after.created_at}},
    ]
