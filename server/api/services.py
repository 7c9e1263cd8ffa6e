"""What the handlers work with, put together once by `server.composition`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import HTTPConnection

from server.api.catalogue import Catalogue
from server.api.limits import RateLimits
from server.api.metrics import Metrics
from server.api.recorder import Recorder
from server.auth.passwords import Passwords
from server.auth.tokens import Tokens
from server.media.base import Media
from server.rooms.chat import ChatDesk
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.runs import RunDesk
from server.rooms.sign_outs import SignOuts
from server.settings import Settings
from server.shared import SharedCalls
from server.store.deliveries import Deliveries
from server.store.invites import Invites
from server.store.lists import SessionLists
from server.store.members import Members
from server.store.pictures import Pictures
from server.store.practice import Practice
from server.store.progress import Progress
from server.store.sessions import Sessions
from server.store.stats import Stats
from server.store.users import Users

if TYPE_CHECKING:
    from server.api.external import External  # only imported where it is configured: 0.1 s

Probe = Callable[[], Awaitable[None]]
"""Returns when a part of the server works, raises an ApiError that says why it does not."""


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    users: Users
    sessions: Sessions
    lists: SessionLists
    members: Members
    invites: Invites
    stats: Stats
    passwords: Passwords
    tokens: Tokens
    limits: RateLimits
    metrics: Metrics
    problems: Catalogue
    practice: Practice
    progress: Progress
    hub: Hub
    sign_outs: SignOuts
    desk: RunDesk
    chat: ChatDesk
    live: Live
    probes: Mapping[str, Probe]
    pictures: Pictures
    deliveries: Deliveries
    media: Media
    recorder: Recorder
    call_changed: Callable[[str], None]
    """Somebody came into a session, left it, or it was made: whatever carries its call hears of
    that in the background."""
    external: External | None = None
    """Sign-in by an issuer's tokens instead of accounts here; None: accounts."""
    arrivals: SharedCalls[Any] = field(default_factory=SharedCalls)
    """What people who come late have missed, read once for all who come at the same time."""


def services_of(connection: HTTPConnection) -> Services:
    """The services of the app that answers this request or WebSocket."""
    found: Services = connection.app.state.services
    return found
