"""What background jobs look for and change: sessions, guests and what is left to do for them.

Marks made here leave `updatedAt` alone: nobody changed the session.

=================  =====================================================================
`lastSeenAt`       when somebody last got a ticket or was seen in the room
`documentClosed`   true once the document of a completed session is closed
`tidiedAt`         when its journal was last tidied
`remote`           "gone" once nothing of a completed session is left elsewhere
`remoteTries`      how often removing it failed, `remoteNextAt` when to try again
=================  =====================================================================
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from server.store.database import (
    CHAT_READ,
    DOCUMENTS,
    INVITES,
    MEMBERS,
    PICTURES,
    SESSIONS,
    USERS,
    Database,
    Document,
    change_one,
    now,
    reaching_storage,
)
from server.store.sessions import Session

BATCH: Final = 200
"""Rows looked at a time."""

SEEN_DAYS: Final = 30
"""How far back journals are looked for that were tidied and then opened again."""


class Upkeep:
    """Everything here may be done twice, by two at once, and stopped between any two calls."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)
        self._documents = database.collection(DOCUMENTS)
        self._invites = database.collection(INVITES)
        self._members = database.collection(MEMBERS)
        self._users = database.collection(USERS)
        self._pictures = database.collection(PICTURES)
        self._chat_read = database.collection(CHAT_READ)

    # -- idle sessions ---------------------------------------------------------------------

    async def complete_idle(self, before: datetime) -> AsyncIterator[Session]:
        """Completes each active interview that nobody has been in since `before`: it ended when
        somebody was last there. One in which somebody appears meanwhile stays, and so does one
        whose room is open (while the database was away nobody could be marked as seen) and one
        that somebody is invited to: it may have been prepared days ahead."""
        idle = {
            "status": "active",
            "kind": "interview",
            "createdAt": {"$lt": before},
            "lastSeenAt": {"$not": {"$gte": before}},
        }
        with reaching_storage():
            rows = await self._sessions.find(idle, {"createdAt": 1, "lastSeenAt": 1}).to_list()
            for row in rows:
                if await self._is_open(row["_id"]) or await self._is_awaited(row["_id"]):
                    continue
                seen = row.get("lastSeenAt")
                ended = {"status": "completed", "endedAt": seen or row["createdAt"]}
                changed = await change_one(
                    self._sessions,
                    {**idle, "_id": row["_id"], "lastSeenAt": seen},
                    {"$set": {**ended, "updatedAt": now()}},
                )
                if changed:
                    yield msgspec.convert(changed, Session)

    async def _is_open(self, session_id: str) -> bool:
        """Whether a server has the room of this session in memory (`openings`)."""
        opened = {"_id": session_id, "open.0": {"$exists": True}}
        return await self._documents.find_one(opened, {"_id": 1}) is not None

    async def _is_awaited(self, session_id: str) -> bool:
        """Whether an invitation to this session is still good."""
        good = {"session": session_id, "expiresAt": {"$gt": now()}}
        return await self._invites.find_one(good, {"_id": 1}) is not None

    async def unclosed(self, before: datetime) -> list[Session]:
        """Some sessions completed before then whose document is not known to be closed."""
        left = {"status": "completed", "documentClosed": None, "updatedAt": {"$lt": before}}
        with reaching_storage():
            rows = await self._sessions.find(left).to_list(BATCH)
        return [msgspec.convert(row, Session) for row in rows]

    async def mark_closed(self, session_id: str) -> None:
        await self._mark(session_id, {"documentClosed": True})

    # -- guests ----------------------------------------------------------------------------

    async def expired_guests(self, before: datetime) -> AsyncIterator[list[str]]:
        """Guests made before then, in portions, without those who are in an active session or
        in one that ended since."""
        after = ""
        while True:
            made = {"kind": "guest", "createdAt": {"$lt": before}, "_id": {"$gt": after}}
            with reaching_storage():
                rows = await self._users.find(made, {"_id": 1}).sort("_id", 1).to_list(BATCH)
            if not rows:
                return
            guests = [row["_id"] for row in rows]
            needed = await self._needed(guests, before)
            yield [guest for guest in guests if guest not in needed]
            after = guests[-1]

    async def _needed(self, guests: Sequence[str], before: datetime) -> set[str]:
        with reaching_storage():
            members = await self._members.find({"user": {"$in": guests}}).to_list()
            current = {"$or": [{"status": "active"}, {"updatedAt": {"$gte": before}}]}
            of_them = {
                "$or": [
                    {"participant": {"$in": guests}},
                    {"host": {"$in": guests}},
                    {"_id": {"$in": list({row["session"] for row in members})}},
                ]
            }
            sessions = await self._sessions.find(
                {"$and": [current, of_them]}, {"host": 1, "participant": 1}
            ).to_list()
        kept = {row["_id"] for row in sessions}
        seated = {row[seat] for row in sessions for seat in ("host", "participant") if row[seat]}
        return seated | {row["user"] for row in members if row["session"] in kept}

    async def remove_guests(self, guests: Sequence[str]) -> int:
        """What is theirs first: a guest who is left without is found again. What they ran and
        said stays with its session."""
        with reaching_storage():
            await self._pictures.delete_many({"user": {"$in": guests}})
            await self._members.delete_many({"user": {"$in": guests}})
            await self._chat_read.delete_many({"user": {"$in": guests}})
            gone = await self._users.delete_many({"_id": {"$in": guests}, "kind": "guest"})
        return gone.deleted_count

    # -- journals --------------------------------------------------------------------------

    async def untidied(self, before: datetime) -> list[str]:
        """Sessions nobody has been in since `before` and whose journal was not tidied since.

        Those that were tidied once are found again when somebody was there in the last
        SEEN_DAYS days; tidying saves room and time and is otherwise not needed.
        """
        never = {"tidiedAt": None, "updatedAt": {"$lt": before}}
        seen = {"lastSeenAt": {"$gte": before - timedelta(days=SEEN_DAYS), "$lt": before}}
        wanted = {"lastSeenAt": 1, "tidiedAt": 1}
        with reaching_storage():
            rows = await self._sessions.find(never, wanted).to_list()
            rows += await self._sessions.find({**seen, "tidiedAt": {"$ne": None}}, wanted).to_list()
        return [row["_id"] for row in rows if _untidied(row, before)]

    async def mark_tidied(self, session_id: str, at: datetime) -> None:
        """`at`: when tidying began, so that who came meanwhile is noticed."""
        await self._mark(session_id, {"tidiedAt": at})

    # -- what lives elsewhere --------------------------------------------------------------

    async def remote_left(self, moment: datetime) -> list[Document]:
        """Some sessions, as stored, that are over and of which something may be left elsewhere
        that is to be removed now."""
        left = {
            "status": "completed",
            "documentClosed": True,
            "remote": None,
            "remoteNextAt": {"$not": {"$gt": moment}},
            "callUntil": {"$not": {"$gt": moment}},  # else it may be made at this very moment
        }
        needed = ("callId", "remoteTries", "recorded", "endedAt", "updatedAt")
        with reaching_storage():
            return await self._sessions.find(left, dict.fromkeys(needed, 1)).to_list(BATCH)

    async def mark_gone(self, session_id: str) -> None:
        await self._mark(session_id, {"remote": "gone"})

    async def put_off(self, session_id: str, tries: int, until: datetime) -> None:
        """Removing failed for the `tries`-th time."""
        await self._mark(session_id, {"remoteTries": tries, "remoteNextAt": until})

    async def _mark(self, session_id: str, values: dict[str, Any]) -> None:
        with reaching_storage():
            await self._sessions.update_one({"_id": session_id}, {"$set": values})


def _untidied(row: Document, before: datetime) -> bool:
    seen, tidied = row.get("lastSeenAt"), row.get("tidiedAt")
    if seen is not None and seen >= before:
        return False
    return tidied is None or (seen is not None and seen > tidied)
