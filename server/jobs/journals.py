"""Documents nobody has open are tidied: a snapshot up to the last edit, then few large chunks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import structlog

from crdt.errors import CrdtError, UpdateError
from crdt.replica import Replica
from server.errors import NoSuchDocument
from server.store.database import now
from server.store.documents import Documents
from server.store.reading import HistoryGap
from server.store.room_log import Stored
from server.store.upkeep import Upkeep

log = structlog.stdlib.get_logger(__name__)

QUIET_SECONDS: Final = 600.0
"""How long nobody must have been there: longer than anybody is away who comes back."""


class Journals:
    """Works beside whoever has the rooms: it stores no snapshot where somebody else does."""

    def __init__(
        self, upkeep: Upkeep, documents: Documents, quiet_seconds: float = QUIET_SECONDS
    ) -> None:
        self._upkeep = upkeep
        self._documents = documents
        self._quiet_seconds = quiet_seconds

    async def __call__(self) -> int:
        """Returns how many documents were tidied."""
        tidied = 0
        quiet = now() - timedelta(seconds=self._quiet_seconds)
        for session_id in await self._upkeep.untidied(quiet):
            async for _ in self.tidy(session_id):
                await asyncio.sleep(0)  # nobody's typing waits for this
            tidied += 1
        return tidied

    async def tidy(self, session_id: str) -> AsyncIterator[str]:
        """Tidies one document; yields after each step, and may be given up after any.

        A document that cannot be read is told and left as it is until somebody opens it again:
        trying once more would not make it readable.
        """
        started = now()
        try:
            if await self._documents.renew(session_id, _whole):
                yield "snapshot"
            async for step in self._documents.compact(session_id):
                yield step
        except NoSuchDocument:
            pass  # the session was never created whole
        except (CrdtError, HistoryGap) as error:
            log.error("journal cannot be tidied", session=session_id, error=str(error))
        await self._upkeep.mark_tidied(session_id, started)
        yield "marked"


def _whole(stored: Stored) -> bytes:
    """The document as one update. Raises ``CrdtError``."""
    replica = Replica()
    replica.load(stored.updates)
    if not replica.has(stored.updates):
        raise UpdateError("edits are missing that others build on")
    return replica.document.snapshot()
