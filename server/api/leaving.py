"""Somebody whose account is gone: what becomes of what they leave."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from server.api.ending import close_room, end_session
from server.api.services import Services
from server.errors import SessionEnded
from server.store.members import Removal
from server.store.sessions import Session

HOST_LEFT: Final = "The host's account was removed."
LEFT: Final = "Your account was removed."


async def clear_up(services: Services, user_id: str) -> None:
    """After a person was removed: they are out of every room at once, sessions they took part in
    stand, those they host and that still run are completed, their picture goes. May be repeated,
    also after it failed half-way.
    """
    while hosted := await services.sessions.hosted(user_id):
        for session in hosted:
            await _end(services, session)
    attended = await services.sessions.attended(user_id)
    for session_id in {*attended, *await services.members.watched_by(user_id)}:
        # stored first: a room that is opened later, or by another worker, reads it there
        at = await services.members.remove(session_id, user_id)
        services.hub.remove(session_id, Removal(user_id, at, out=True), LEFT)
    await services.pictures.remove_all(user_id)


async def _end(services: Services, session: Session) -> None:
    """Whatever is ended by somebody else in this moment is ended too."""
    if session.kind == "practice":
        if ended := await services.practice.end(session.host, session.problem_id):
            await close_room(services, ended, HOST_LEFT)
        return
    with suppress(SessionEnded):
        await end_session(services, session, HOST_LEFT)
