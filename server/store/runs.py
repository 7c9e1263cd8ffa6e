"""Runs as stored: the JSON-ready objects that everybody in the room saw.

A run that goes on also has ``active: {worker, life, end}``: which worker has it, by its name, by
the start of it (`Workers.writer`) and by its end of the bus. A unique index on the session lets
one run of a room have that at a time, wherever it was started. Whoever has it takes it away with
the end of the run; what a worker that is gone left is *settled* by others, and only by the same
field: whoever was taken for gone and goes on stores nothing of that run any more.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.store.database import RUNS, Database, reaching_storage

LIST_LIMIT: Final = 50

ACTIVE: Final = "active"
"""The field that only a run has that goes on; nobody outside is shown it."""


class Claim(NamedTuple):
    """Who has a run that goes on."""

    worker: str
    life: str
    end: str


def claim_of(run: dict[str, Any]) -> Claim | None:
    """Who has it; None when it is over, or from before this was told."""
    return Claim(**run[ACTIVE]) if run.get(ACTIVE) is not None else None


class Runs:
    """All of these raise ``StorageUnavailable``."""

    def __init__(self, database: Database) -> None:
        self._runs = database.collection(RUNS)

    async def begin(self, run: dict[str, Any], claim: Claim) -> bool:
        """Stores a new run as the one that goes on in its session; False, and nothing is stored,
        where another one does."""
        try:
            with reaching_storage():
                await self._runs.insert_one({**run, ACTIVE: claim._asdict()})
        except DuplicateKeyError:
            return False
        return True

    async def finish(self, run: dict[str, Any], life: str) -> bool:
        """Stores how it ended, and lets the next one of the session begin; False when it is not
        this worker's any more. Doing it twice changes nothing."""
        ours = {"_id": run["_id"], f"{ACTIVE}.life": life}
        with reaching_storage():
            done = await self._runs.replace_one(ours, dict(run))
        return bool(done.matched_count)

    async def drop(self, run_id: str, life: str) -> None:
        """Takes away one that was never started after all."""
        with reaching_storage():
            await self._runs.delete_one({"_id": run_id, f"{ACTIVE}.life": life})

    async def going(self, session_id: str) -> dict[str, Any] | None:
        """The run that goes on in a session, wherever, with its claim; None without one."""
        with reaching_storage():
            return await self._runs.find_one({"session": session_id, ACTIVE: {"$exists": True}})

    async def one(self, run_id: str) -> dict[str, Any] | None:
        """The run as stored; None when there is none of that id."""
        with reaching_storage():
            return await self._runs.find_one({"_id": run_id})

    async def left(self, worker: str, *, but: str = "") -> list[dict[str, Any]]:
        """Runs that go on as far as is stored, of a worker of that name; ``but``: its life of
        which they are not."""
        theirs = {f"{ACTIVE}.worker": worker}
        with reaching_storage():
            rows = await self._runs.find(theirs).to_list()
        return [row for row in rows if row[ACTIVE]["life"] != but]

    async def settle(self, run: dict[str, Any], claim: Claim) -> bool:
        """Stores how a run of a worker that is gone is shown: ``run`` without its claim; False
        when it is settled or over already. What is stored of its output stays."""
        kept = {name: value for name, value in run.items() if name not in ("_id", ACTIVE, "output")}
        theirs = {"_id": run["_id"], f"{ACTIVE}.life": claim.life}
        with reaching_storage():
            done = await self._runs.update_one(theirs, {"$set": kept, "$unset": {ACTIVE: ""}})
        return bool(done.modified_count)

    async def keep_output(self, run_id: str, output: list[dict[str, str]]) -> None:
        """Stores what a settled run had printed, where nobody has yet."""
        bare = {"_id": run_id, "output.0": {"$exists": False}, ACTIVE: {"$exists": False}}
        with reaching_storage():
            await self._runs.update_one(bare, {"$set": {"output": output}})

    async def save(self, run: dict[str, Any]) -> None:
        """Stores the run under its `_id`, in place of what was there."""
        with reaching_storage():
            await self._runs.replace_one({"_id": run["_id"]}, dict(run), upsert=True)

    async def of_session(
        self, session_id: str, limit: int | None = LIST_LIMIT
    ) -> list[dict[str, Any]]:
        """The newest `limit` runs of a session (None: all), oldest first, with their claims."""
        with reaching_storage():
            rows = (
                await self._runs.find({"session": session_id})
                .sort([("createdAt", DESCENDING), ("_id", DESCENDING)])
                .to_list(limit)
            )
        return rows[::-1]
