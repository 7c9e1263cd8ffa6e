"""What lives elsewhere of a session is removed once it is over, however often that has to be
tried.

A call that was recorded is only ended at first, and removed with its recordings later.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

import structlog

from server.media.base import Media, MediaUnavailable
from server.store.database import Document, now
from server.store.upkeep import Upkeep

log = structlog.stdlib.get_logger(__name__)

FIRST_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 6 * 3600.0

KEEP: Final = timedelta(days=14)

GIVE_UP: Final = 5
"""Failures after which a run ends: with a service that hangs, each takes its whole timeout."""


class RemoteResources:
    """Comes after `IdleSessions`: only what belongs to a closed document is removed.

    `keep`: how long recordings are kept after the end.
    """

    def __init__(self, upkeep: Upkeep, media: Media, keep: timedelta = KEEP) -> None:
        self._upkeep = upkeep
        self._media = media
        self._keep = keep

    async def __call__(self) -> int:
        """Returns of how many sessions everything is gone, or all but what was recorded."""
        gone = failed = 0
        while rows := await self._upkeep.remote_left(now()):
            for row in rows:
                if await self._remove(row):
                    gone += 1
                else:
                    failed += 1
                if failed == GIVE_UP:
                    return gone
        return gone

    async def _remove(self, row: Document) -> bool:
        recorded_until = self._recorded_until(row)
        try:
            if recorded_until is None:
                await self._media.remove(row["callId"])
            else:
                await self._media.end(row["callId"])
        except MediaUnavailable as error:
            tries = row.get("remoteTries", 0) + 1
            wait = backoff(tries)
            await self._upkeep.put_off(row["_id"], tries, now() + wait)
            log.warning(
                "not removed elsewhere, will be tried again",
                session=row["_id"],
                tries=tries,
                seconds=round(wait.total_seconds()),
                error=str(error),
            )
            return False
        if recorded_until is None:
            await self._upkeep.mark_gone(row["_id"])
        else:
            await self._upkeep.put_off(row["_id"], 0, recorded_until)
        return True

    def _recorded_until(self, row: Document) -> datetime | None:
        """Until when a session's call is kept for what was recorded; None: no longer."""
        if not row.get("recorded"):
            return None
        until: datetime = (row.get("endedAt") or row["updatedAt"]) + self._keep
        return until if until > now() else None


def backoff(
    tries: int, first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
) -> timedelta:
    """How long to wait after so many failures: doubled each time, spread by a quarter."""
    seconds = min(first * 2.0 ** min(tries - 1, 30), longest)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load
