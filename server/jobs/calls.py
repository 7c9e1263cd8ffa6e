"""Calls and channels elsewhere follow the sessions here: made with them, people let in and out.

A session is told by whoever claims it, one at a time; what cannot be told now is told later, at
growing intervals. Nobody who creates, joins or leaves a session waits for any of it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final, Literal

import structlog

from server.errors import StorageUnavailable
from server.jobs.remote import GIVE_UP, backoff
from server.media.base import Media, MediaUnavailable, Person
from server.stopping import stop
from server.store.database import now
from server.store.elsewhere import SPEAKER, Due, Elsewhere, Place
from server.store.members import REMOVED
from server.store.users import Users

log = structlog.stdlib.get_logger(__name__)

CLAIM_SECONDS: Final = 30.0
"""How long one may take to make a call, or to tell of one person; then it is claimed anew. A sixth
of it is left for the last request. After a crash nobody else tells the session for so long."""

UNVOUCHED_SECONDS: Final = 60.0
"""After which a recording that no server stands for is stopped."""

FIRST_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 300.0
"""People wait for this one, so it is tried sooner than what only tidies up."""

AT_ONCE: Final = 8
WAITING: Final = 1000
"""Sessions that wait to be told at once; more are left to the job."""


class Calls:
    """The task: `picture_base` is put before addresses of pictures that are kept here; empty:
    those are left out, as nobody elsewhere could open them."""

    def __init__(self, store: Elsewhere, users: Users, media: Media, picture_base: str) -> None:
        self._store = store
        self._users = users
        self._media = media
        self._picture_base = picture_base

    async def __call__(self) -> int:
        """Returns how many sessions were told, and recordings stopped."""
        if self._media.kind == "builtin":
            return 0
        done = await self._stop_forsaken()
        failed = 0
        for session_id in await self._store.due():
            told = await self.tell(session_id)
            done += told is True
            failed += told is False
            if failed == GIVE_UP:
                break
        return done

    async def tell(self, session_id: str) -> bool | None:
        """Tells all there is of one session; False: not all of it, None: there was no need, or
        somebody else does it. Raises StorageUnavailable."""
        due = await self._store.claim(session_id, CLAIM_SECONDS)
        if due is None:
            return await self._end(session_id)
        try:
            told = await self._tell(due)
            if due.tries:
                await self._store.mark_well(session_id)
        except (MediaUnavailable, TimeoutError) as error:
            tries = due.tries + 1
            wait = backoff(tries, FIRST_SECONDS, LONGEST_SECONDS)
            await self._store.put_off(session_id, tries, now() + wait)
            log.warning(
                "not told elsewhere, will be tried again",
                session=session_id,
                tries=tries,
                seconds=round(wait.total_seconds()),
                error=str(error) or "it took too long",
            )
            return False
        finally:
            await self._store.release(session_id)
        return told or None

    async def _end(self, session_id: str) -> bool | None:
        """Closes the call of a session that is over: nobody should talk on in it until it is
        removed, which is another task's, and also what is left if this fails."""
        call_id = await self._store.to_end(session_id)
        if call_id is None:
            return None
        try:
            await self._media.end(call_id)
        except MediaUnavailable as error:
            log.warning("call not ended, will be removed", session=session_id, error=str(error))
            return False
        return True

    async def _tell(self, due: Due) -> bool:
        """Whether there was anything to tell."""
        if not due.ready:
            async with asyncio.timeout(CLAIM_SECONDS * 5 / 6):
                host = await self._person(due.host, "host")
                await self._media.prepare(due.call_id, due.title, [host])
            await self._store.mark_ready(due.id)
        told = not due.ready
        while places := await self._store.places(due.id):
            for place in places:
                await self._store.renew(due.id, CLAIM_SECONDS)
                async with asyncio.timeout(CLAIM_SECONDS * 5 / 6):
                    await self._tell_place(due, place)
            told = True
        return told

    async def _tell_place(self, due: Due, place: Place) -> None:
        if place.wanted == REMOVED:
            await self._media.remove_person(due.call_id, place.user)
        else:
            person = await self._person(place.user, place.wanted)
            await self._media.add(due.call_id, person)
        await self._store.mark_told(place)

    async def _person(self, user_id: str, wanted_as: str) -> Person:
        user = await self._users.get(user_id)
        name = user.name if user else "Somebody who left"
        image = picture(self._picture_base, user.profile_image if user else "")
        return Person(user_id, name, image, _seat(wanted_as), speaks=wanted_as != "spectator")

    async def _stop_forsaken(self) -> int:
        stopped = 0
        before = now() - timedelta(seconds=UNVOUCHED_SECONDS)
        for session_id, call_id in await self._store.forsaken(before):
            try:
                await self._media.stop_recording(call_id)
            except MediaUnavailable as error:
                log.warning("a recording goes on", session=session_id, error=str(error))
                break
            await self._store.recording_over(session_id)
            log.warning("a recording was stopped that nobody stands for", session=session_id)
            stopped += 1
        return stopped


class Telling:
    """Tells sessions as soon as something happened in them, in the process where it did.

    What is not told here, because it failed or this process ended, is found by the task.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._waiting: dict[str, bool] = {}
        """Sessions that are being told; whether something happened in them meanwhile."""
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    def changed(self, session_id: str) -> None:
        """Something happened in a session; returns at once."""
        if session_id in self._waiting:
            self._waiting[session_id] = True
        elif len(self._waiting) < WAITING:
            self._waiting[session_id] = False
            running = asyncio.create_task(self._tell(session_id), name=f"telling {session_id}")
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    async def close(self) -> None:
        for running in list(self._running):
            await stop(running)

    async def _tell(self, session_id: str) -> None:
        try:
            async with self._places:
                again = True
                while again:
                    self._waiting[session_id] = False
                    await self._calls.tell(session_id)
                    again = self._waiting[session_id]
        except StorageUnavailable:
            pass  # the task finds it
        except Exception:  # nobody waits for this task: its bug is told here or nowhere
            log.exception("telling failed", session=session_id)
        finally:
            del self._waiting[session_id]


def picture(base: str, address: str) -> str:
    """The address of somebody's picture as others can open it, or nothing."""
    if address.startswith("https://"):
        return address
    return base + address if base and address.startswith("/") else ""


def _seat(wanted_as: str) -> Literal["host", "participant", "spectator"]:
    if wanted_as == "host":
        return "host"
    return "spectator" if wanted_as in ("spectator", SPEAKER) else "participant"
