"""Which webhook deliveries were handled, so that none is handled twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pymongo.errors import DuplicateKeyError

from server.errors import WebhookReplayed
from server.store.database import DELIVERIES, Database, now, reaching_storage

KEPT: Final = timedelta(days=30)  # a signature is good for minutes; a sender may resend for days
LEASE: Final = timedelta(minutes=1)  # after which one that was begun is taken to have failed


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def begin(self, delivery_id: str) -> None:
        """Takes a delivery for handling. Raises WebhookReplayed when it was handled before or
        is being handled; one that was begun and given up, or whose server died, is taken again.
        """
        moment = now()
        abandoned = {"_id": delivery_id, "done": False, "until": {"$lt": moment}}
        taken = {"done": False, "until": moment + LEASE, "expiresAt": moment + KEPT}
        try:
            with reaching_storage():
                done = await self._deliveries.update_one(abandoned, {"$set": taken}, upsert=True)
        except DuplicateKeyError as error:
            raise WebhookReplayed from error
        if not done.matched_count and done.upserted_id is None:
            raise WebhookReplayed

    async def finish(self, delivery_id: str) -> None:
        with reaching_storage():
            await self._deliveries.update_one({"_id": delivery_id}, {"$set": {"done": True}})

    async def give_up(self, delivery_id: str) -> None:
        """It may be delivered again."""
        with reaching_storage():
            await self._deliveries.delete_one({"_id": delivery_id, "done": False})
