"""What lives elsewhere of a session is removed once it is over, however often that has to be
tried."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

import structlog

from server.media.base import Media, MediaUnavailable
from server.store.database import Document, now
from server.store.upkeep import Upkeep

log = structlog.stdlib.get_logger(__name__)

FIRST_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 6 * 3600.0

GIVE_UP: Final = 5
"""Failures after which a run ends: with a service that hangs, each takes its whole timeout."""


class RemoteResources:
    """Comes after `IdleSessions`: only what belongs to a closed document is removed."""

    def __init__(self, upkeep: Upkeep, media: Media) -> None:
        self._upkeep = upkeep
        self._media = media

    async def __call__(self) -> int:
        """Returns of how many sessions everything is gone now."""
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
        try:
            await self._media.remove(row["callId"])
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
        await self._upkeep.mark_gone(row["_id"])
        return True


def backoff(tries: int) -> timedelta:
    """How long to wait after so many failures: doubled each time, spread by a quarter."""
    seconds = min(FIRST_SECONDS * 2.0 ** min(tries - 1, 30), LONGEST_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load
