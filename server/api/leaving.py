"""Somebody whose account is gone: what becomes of what they leave."""

from __future__ import annotations

from contextlib import suppress

from server.api.ending import close_room, end_session
from server.api.services import Services
from server.errors import SessionEnded
from server.store.sessions import Session

REASON = "The host's account was removed."


async def clear_up(services: Services, user_id: str) -> None:
    """After a person was removed: sessions they took part in stand, those they host and that
    still run are completed, their picture goes. May be repeated, also after it failed half-way.
    """
    while hosted := await services.sessions.hosted(user_id):
        for session in hosted:
            await _end(services, session)
    await services.pictures.remove_all(user_id)


async def _end(services: Services, session: Session) -> None:
    if session.kind == "practice":
        session = await services.practice.end(session.host, session.problem_id) or session
        await close_room(services, session, REASON)
    else:
        with suppress(SessionEnded):  # by somebody else, just now
            await end_session(services, session, REASON)
