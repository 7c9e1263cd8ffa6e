"""Recordings of calls that are kept elsewhere: made only while everybody has agreed.

Who has agreed is known by the workers that have the room, and forgotten with it. So a recording
goes on only for as long as a worker says again and again that all agree; without that it is
stopped, by this worker at once, and by a background job when the worker is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from server.errors import CallsUnavailable, RecordingConsent, StorageUnavailable
from server.media.base import Media, MediaUnavailable
from server.media.base import Recording as Recorded
from server.stopping import stop
from server.store.elsewhere import Elsewhere
from server.store.sessions import Session

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often it is looked whether all still agree: a room that was put away says nothing."""

VOUCH_EVERY: Final = 15
"""Looks after which the database hears that all agree; the job waits four times as long."""


class Recorder:
    """`agreed`: whether everybody in the call of a session agreed to being recorded."""

    def __init__(
        self, store: Elsewhere, media: Media, agreed: Callable[[str], Awaitable[bool]]
    ) -> None:
        self.agreed = agreed
        self._store = store
        self._media = media
        self._going: dict[str, str] = {}
        """The recordings this worker stands for: call by session."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._later(self._look_forever())

    async def close(self) -> None:
        """Recordings go on for now: another worker, or the job, decides about them."""
        for task in list(self._tasks):
            await stop(task)

    # -- for the host ------------------------------------------------------------------------

    async def begin(self, session: Session) -> None:
        """Raises RecordingConsent, CallsUnavailable."""
        if not await self.agreed(session.id):
            raise RecordingConsent
        await self._store.recording_wanted(session.id)
        try:
            await self._media.start_recording(session.call_id)
        except MediaUnavailable as error:
            # it may have begun all the same, when only the answer was lost
            await self._store.recording_unwanted(session.id)
            log.warning("recording was not started", session=session.id, error=str(error))
            raise CallsUnavailable("The recording could not be started: " + AWAY) from error
        self._going[session.id] = session.call_id
        if not await self.agreed(session.id):  # somebody took it back meanwhile
            await self.end(session)
            raise RecordingConsent

    async def end(self, session: Session) -> None:
        """Raises CallsUnavailable when it goes on; it is stopped in the background then."""
        self._going.pop(session.id, None)
        await self._store.recording_unwanted(session.id)
        try:
            await self._media.stop_recording(session.call_id)
        except MediaUnavailable as error:
            log.warning("recording was not stopped", session=session.id, error=str(error))
            message = "The recording could not be stopped; that is tried again until it is."
            raise CallsUnavailable(message) from error
        await self._store.recording_over(session.id)

    async def is_on(self, session: Session) -> bool:
        return await self._store.is_recorded(session.id)

    async def listed(self, session: Session) -> list[Recorded]:
        """Raises CallsUnavailable."""
        if await self._store.is_gone(session.id):
            return []
        try:
            return await self._media.recordings(session.call_id)
        except MediaUnavailable as error:
            log.warning("recordings not listed", session=session.id, error=str(error))
            raise CallsUnavailable from error

    def heard_consent(self, session_id: str, state: dict[str, Any]) -> None:
        """What the room says of everybody's consent, whenever that changes."""
        if state["state"] != "on" and session_id in self._going:
            self._later(self._withdraw(session_id, self._going.pop(session_id)))

    # -- what is heard of them ---------------------------------------------------------------

    async def heard(self, call_id: str, state: str) -> str | None:
        """A webhook tells of a recording; returns the session it is about, if there is one.

        What it says is a reason to look, and not believed: messages come late and twice.
        """
        session_id = await self._store.session_of(call_id)
        if session_id is None:
            return None
        known = await self._store.is_recorded(session_id)
        if state == "started" and not known:
            log.warning("a recording was started that nobody asked for", session=session_id)
            await self._store.recording_unwanted(session_id)
            self._later(self._stop(session_id, call_id))
        elif state in ("stopped", "failed") and known:
            self._later(self._forget(session_id, call_id))
        return session_id

    async def _stop(self, session_id: str, call_id: str) -> None:
        await self._media.stop_recording(call_id)
        await self._store.recording_over(session_id)

    async def _forget(self, session_id: str, call_id: str) -> None:
        """One that is over, whoever ended it."""
        if not await self._media.is_recording(call_id):
            self._going.pop(session_id, None)
            await self._store.recording_over(session_id)

    # -- while they go on --------------------------------------------------------------------

    async def _look_forever(self) -> None:
        look = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            look += 1
            for session_id, call_id in list(self._going.items()):
                if not await self.agreed(session_id):
                    del self._going[session_id]
                    self._later(self._withdraw(session_id, call_id))
                elif look % VOUCH_EVERY == 0:
                    self._later(self._store.recording_wanted(session_id))

    async def _withdraw(self, session_id: str, call_id: str) -> None:
        """Not everybody agrees any more, or everybody has left."""
        await self._store.recording_unwanted(session_id)
        await self._stop(session_id, call_id)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.create_task(_told(work), name="recorder")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


AWAY: Final = "the service for calls cannot be reached right now; try again in a moment."


async def _told(work: Awaitable[None]) -> None:
    """Nobody waits for it: what went wrong is told here, and tried again by the job."""
    try:
        await work
    except (MediaUnavailable, StorageUnavailable) as error:
        log.warning("a recording is looked at again later", error=str(error))
    except Exception:  # a bug must be found in the log
        log.exception("recorder failed")
