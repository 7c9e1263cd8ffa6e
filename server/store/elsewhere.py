"""What is to be told to the service that carries calls and chat, and what it was told.

There is no list of things to do that could be lost: what is wanted stands in the sessions and
members as they are, what was told stands beside it, and whatever differs is still to be told.

Of a session:

==================  ====================================================================
`callReady`         true once its call and channel were made
`callTries`         how often telling it failed, `callNextAt` when to try again
`callUntil`         until when somebody tells it: one at a time, so that nothing is told
                    in another order than it happened
`recorded`          true once a recording was started
`recordingSeenAt`   while one goes on: when a server last said that all agree to it
==================  ====================================================================

Of a member: `calledAs`, the place that was told last: participant, spectator, speaker, removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from bson import ObjectId

from server.store.database import (
    MEMBERS,
    SESSIONS,
    Database,
    Document,
    change_one,
    now,
    reaching_storage,
)
from server.store.members import REMOVED

BATCH: Final = 200
LOOK_BACK: Final = timedelta(days=1)
"""Sessions that nobody entered for so long are told nothing new until somebody does."""

NEVER_SEEN: Final = datetime(1970, 1, 1, tzinfo=UTC)
SPEAKER: Final = "speaker"


class Due(NamedTuple):
    """A session of which something is to be told, as stored when that was asked."""

    id: str
    call_id: str
    title: str
    host: str
    ready: bool
    tries: int


class Place(NamedTuple):
    """One person's row: the place they have, and the one that was told (None: none was)."""

    row: ObjectId
    user: str
    wanted: str
    told: str | None


class Elsewhere:
    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)
        self._members = database.collection(MEMBERS)

    # -- what is to be told ------------------------------------------------------------------

    async def due(self) -> list[str]:
        """The ids of active interviews of which something is to be told now."""
        moment = now()
        active = {
            "lastSeenAt": {"$gte": moment - LOOK_BACK},
            "status": "active",
            "kind": "interview",
        }
        with reaching_storage():
            rows = await self._sessions.find(active, {"callReady": 1, "callNextAt": 1}).to_list()
        open_now = [row for row in rows if row.get("callNextAt", moment) <= moment]
        late = await self._with_news([row["_id"] for row in open_now if row.get("callReady")])
        return [row["_id"] for row in open_now if not row.get("callReady") or row["_id"] in late]

    async def _with_news(self, session_ids: Sequence[str]) -> set[str]:
        """Those of these in which somebody has another place than was told."""
        found: set[str] = set()
        for at in range(0, len(session_ids), BATCH):
            wanted = {"session": {"$in": list(session_ids[at : at + BATCH])}}
            with reaching_storage():
                async for row in self._members.find(wanted):
                    if _place(row) is not None:
                        found.add(row["session"])
        return found

    async def claim(self, session_id: str, seconds: float) -> Due | None:
        """Takes a session for telling; None: it is not active, or somebody else tells it."""
        moment = now()
        free = {
            "_id": session_id,
            "status": "active",
            "kind": "interview",
            "callUntil": {"$not": {"$gt": moment}},
        }
        until = moment + timedelta(seconds=seconds)
        with reaching_storage():
            row = await change_one(self._sessions, free, {"$set": {"callUntil": until}})
        if row is None:
            return None
        return Due(
            session_id,
            row["callId"],
            row["problem"],
            row["host"],
            bool(row.get("callReady")),
            row.get("callTries", 0),
        )

    async def to_end(self, session_id: str) -> str | None:
        """The call of a session that is over, if it has one still."""
        over = {"_id": session_id, "status": "completed", "callReady": True, "remote": None}
        with reaching_storage():
            row = await self._sessions.find_one(over, {"callId": 1})
        return str(row["callId"]) if row else None

    async def renew(self, session_id: str, seconds: float) -> None:
        """Holds it for so many seconds from now."""
        await self._change(session_id, {"callUntil": now() + timedelta(seconds=seconds)})

    async def release(self, session_id: str) -> None:
        await self._change(session_id, unset=["callUntil"])

    async def places(self, session_id: str) -> list[Place]:
        """Those whose place differs from what was told."""
        with reaching_storage():
            rows = await self._members.find({"session": session_id}).sort("_id").to_list()
        return [place for row in rows if (place := _place(row)) is not None]

    # -- what was told -----------------------------------------------------------------------

    async def mark_ready(self, session_id: str) -> None:
        await self._change(session_id, {"callReady": True})

    async def mark_told(self, place: Place) -> None:
        with reaching_storage():
            told = {"$set": {"calledAs": place.wanted}}
            await self._members.update_one({"_id": place.row}, told)

    async def mark_well(self, session_id: str) -> None:
        """All was told; what failed before is forgotten."""
        await self._change(session_id, unset=["callTries", "callNextAt"])

    async def put_off(self, session_id: str, tries: int, until: datetime) -> None:
        await self._change(session_id, {"callTries": tries, "callNextAt": until})

    # -- recordings --------------------------------------------------------------------------

    async def recording_wanted(self, session_id: str) -> None:
        """Before it is started, so that one whose server died is found and stopped. Said again
        now and then while all agree."""
        await self._change(session_id, {"recorded": True, "recordingSeenAt": now()})

    async def recording_unwanted(self, session_id: str) -> None:
        """It may go on, and is to be stopped."""
        await self._change(session_id, {"recorded": True, "recordingSeenAt": NEVER_SEEN})

    async def recording_over(self, session_id: str) -> None:
        await self._change(session_id, unset=["recordingSeenAt"])

    async def is_recorded(self, session_id: str) -> bool:
        """Whether one goes on, as far as is known here."""
        with reaching_storage():
            row = await self._sessions.find_one({"_id": session_id}, {"recordingSeenAt": 1})
        return row is not None and row.get("recordingSeenAt", NEVER_SEEN) != NEVER_SEEN

    async def forsaken(self, before: datetime) -> list[tuple[str, str]]:
        """(session, call) of recordings that nobody has stood for since then."""
        with reaching_storage():
            rows = await self._sessions.find(
                {"recordingSeenAt": {"$lt": before}}, {"callId": 1}
            ).to_list(BATCH)
        return [(row["_id"], row["callId"]) for row in rows]

    async def session_of(self, call_id: str) -> str | None:
        """The id of the session that has this call."""
        with reaching_storage():
            row = await self._sessions.find_one({"callId": call_id}, {"_id": 1})
        return str(row["_id"]) if row else None

    async def is_gone(self, session_id: str) -> bool:
        """Whether nothing of a session is left elsewhere."""
        with reaching_storage():
            row = await self._sessions.find_one({"_id": session_id}, {"remote": 1})
        return row is not None and row.get("remote") == "gone"

    async def _change(
        self, session_id: str, values: dict[str, Any] | None = None, unset: Sequence[str] = ()
    ) -> None:
        """Leaves `updatedAt` alone: nobody changed the session."""
        change: Document = {"$set": values} if values else {}
        if unset:
            change["$unset"] = dict.fromkeys(unset, "")
        with reaching_storage():
            await self._sessions.update_one({"_id": session_id}, change)


def _place(row: Document) -> Place | None:
    """What is to be told of a member, if anything is."""
    wanted, told = row["role"], row.get("calledAs")
    if wanted == "spectator" and row.get("speaks"):
        wanted = SPEAKER
    if wanted == told or (wanted == REMOVED and told is None):
        return None
    return Place(row["_id"], row["user"], wanted, told)
