"""Ending a session: its status first, then the room, while the document stays."""

from __future__ import annotations

from server.api.entering import lists_changed
from server.api.services import Services
from server.api.views import session_view
from server.store.sessions import Session


async def end_session(services: Services, session: Session, reason: str) -> Session:
    """Ends it for everybody, telling them why; returns it as it is then. For whoever may.

    Raises SessionEnded if it cannot be ended (any more), NoSuchSession or StorageUnavailable.
    What lives elsewhere is removed in the background (the field `remote`).
    """
    ended = await services.sessions.complete(session.id)
    await close_room(services, ended, reason)
    lists_changed(services, ended)
    services.call_changed(ended.id)
    return ended


async def close_room(
    services: Services, session: Session, reason: str = "This session has ended."
) -> None:
    """Closes the room of a session that has ended. Doing it again changes nothing."""
    shown = await session_view(services, session)
    event = {"type": "session.ended", "session": shown, "reason": reason}
    await services.hub.end(session.id, event)
