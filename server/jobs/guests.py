"""Guests are removed some time after their last session ended.

What else expires needs no job: invitations leave the database by its own TTL index (the embedded
one looks every minute), and room tickets are signed, kept nowhere, and carry their end.
"""

from __future__ import annotations

from datetime import timedelta

from server.store.database import now
from server.store.upkeep import Upkeep


class ExpiredGuests:
    """`keep`: how long a guest is kept; `sign_in`: how long a sign-in lasts.

    Never less than a sign-in: a guest gets one when accepting an invitation, so by then nobody
    can act as that guest any more, and none can enter a session while being removed from all.
    """

    def __init__(self, upkeep: Upkeep, keep: timedelta, sign_in: timedelta) -> None:
        self._upkeep = upkeep
        self._keep = max(keep, sign_in)

    async def __call__(self) -> int:
        """Returns how many were removed."""
        gone = 0
        async for guests in self._upkeep.expired_guests(now() - self._keep):
            gone += await self._upkeep.remove_guests(guests)
        return gone
