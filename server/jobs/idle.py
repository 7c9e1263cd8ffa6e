"""Sessions that nobody is in any more are completed, and completed ones are closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from server.store.database import now
from server.store.sessions import Session
from server.store.upkeep import Upkeep

End = Callable[[Session, str], Awaitable[None]]
"""Sends everybody out of a completed session's room, with a reason, and closes its document."""

LEFT_SECONDS: Final = 60.0
"""For whoever completed a session to close it too; after that they must have been stopped."""


class IdleSessions:
    """`hours`: how long nobody may have been in a session."""

    def __init__(self, upkeep: Upkeep, hours: float, end: End) -> None:
        self._upkeep = upkeep
        self._hours = hours
        self._end = end

    async def __call__(self) -> int:
        """Returns how many sessions were completed or closed.

        One that is completed and not closed, because this was stopped in between or whoever
        ended it was, is found by the next run.
        """
        done = 0
        async for session in self._upkeep.complete_idle(now() - timedelta(hours=self._hours)):
            await self._close(session, f"Nobody was here for {_hours(self._hours)}.")
            done += 1
        left = now() - timedelta(seconds=LEFT_SECONDS)
        while sessions := await self._upkeep.unclosed(left):
            for session in sessions:
                await self._close(session, "The session has ended.")
                done += 1
        return done

    async def _close(self, session: Session, reason: str) -> None:
        await self._end(session, reason)
        await self._upkeep.mark_closed(session.id)


def _hours(hours: float) -> str:
    return "an hour" if hours == 1 else f"{hours:g} hours"
