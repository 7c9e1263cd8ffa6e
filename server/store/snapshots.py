"""Snapshots of a room that several workers have open: one of them takes them.

Whoever does has the *lease* in the document's row: ``lease: {worker, token}``. It is taken when
nobody has it or who has it is gone, with a token that is one more, and a snapshot is stored only
under the token that stands there: whoever was taken for gone and goes on stores none.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymongo.errors import PyMongoError

from server.errors import StorageUnavailable
from server.store.database import DOCUMENTS, Database, reaching_storage
from server.store.documents import snapshot_of
from server.store.workers import Workers


class Snapshots:
    """Those of one worker. All of these raise ``StorageUnavailable``."""

    def __init__(self, database: Database, workers: Workers) -> None:
        self._workers = workers
        self._documents = database.collection(DOCUMENTS)
        self._tokens: dict[str, int] = {}
        """Of the leases this worker has, by room."""

    async def hold(self, room: str) -> bool:
        """Whether this worker takes the snapshots of a room, from now on if nobody else does."""
        if room in self._tokens:
            return True
        with reaching_storage():
            row = await self._documents.find_one({"_id": room}, {"lease": 1})
        if row is None:
            return False
        lease = row.get("lease", {"token": 0})
        holder = lease.get("worker")
        # under our own name: somebody's who is gone, for we would know of it
        free = holder is None or holder == self._workers.name
        if not free and not await self._workers.is_gone(holder):
            return False
        token = lease["token"] + 1
        ours = {"worker": self._workers.name, "token": token}
        unchanged = {"_id": room, "lease": row.get("lease")}
        with reaching_storage():
            taken = await self._documents.update_one(unchanged, {"$set": {"lease": ours}})
        if not taken.modified_count:
            return False
        self._tokens[room] = token
        return True

    async def store(self, room: str, covers: Mapping[str, int], state: bytes) -> bool:
        """Keep ``state``, which holds those edits; False, and the lease is lost, when another
        worker has taken it meanwhile. An older one never replaces a newer one."""
        if (token := self._tokens.get(room)) is None:
            return False
        snapshot = snapshot_of(covers, state)
        not_newer = {
            f"covers.{writer}": {"$not": {"$gt": last}}
            for writer, last in snapshot["covers"].items()
        }
        ours = {"_id": room, "lease.token": token}
        with reaching_storage():
            stored = await self._documents.update_one({**ours, **not_newer}, {"$set": snapshot})
            if stored.matched_count:
                return True
            if await self._documents.find_one(ours, {"_id": 1}) is None:
                self._tokens.pop(room, None)
        return False

    async def release(self, room: str) -> None:
        """Let another worker take the snapshots of a room that was put away here."""
        if (token := self._tokens.pop(room, None)) is None:
            return
        ours = {"_id": room, "lease.token": token}
        try:
            with reaching_storage():
                await self._documents.update_one(ours, {"$unset": {"lease.worker": ""}})
        except (StorageUnavailable, PyMongoError):
            self._tokens.setdefault(room, token)  # ours still, and free once we are gone
            raise
