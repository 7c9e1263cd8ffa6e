"""The table of tasks: what is done, and how often."""

from __future__ import annotations

from datetime import timedelta

from server.jobs.base import Task
from server.jobs.calls import Calls
from server.jobs.guests import ExpiredGuests
from server.jobs.idle import End, IdleSessions
from server.jobs.journals import Journals
from server.jobs.remote import RemoteResources
from server.media.base import Media
from server.settings import Settings
from server.store.database import Database
from server.store.documents import Documents
from server.store.elsewhere import Elsewhere
from server.store.upkeep import Upkeep
from server.store.users import Users


def tasks_of(settings: Settings, database: Database, media: Media, end: End) -> list[Task]:
    """`end` closes a session that is completed."""
    upkeep = Upkeep(database)
    keep = timedelta(days=settings.guest_ttl_days)
    sign_in = timedelta(hours=settings.token_ttl_hours)
    kept = timedelta(days=settings.stream_recording_days)
    return [
        Task("calls", 15, "* * * * *", calls_of(settings, database, media)),
        Task("idle", 300, "*/5 * * * *", IdleSessions(upkeep, settings.session_idle_hours, end)),
        Task("remote", 60, "* * * * *", RemoteResources(upkeep, media, kept)),
        Task("journals", 600, "*/10 * * * *", Journals(upkeep, Documents(database))),
        Task("guests", 3600, "17 * * * *", ExpiredGuests(upkeep, keep, sign_in)),
    ]


def calls_of(settings: Settings, database: Database, media: Media) -> Calls:
    """What tells `media` about sessions."""
    return Calls(Elsewhere(database), Users(database), media, settings.public_url.rstrip("/"))
