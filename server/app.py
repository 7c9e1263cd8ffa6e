"""The composition root: the only place that names concrete backends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount

from server.api import (
    accounts,
    health,
    invites,
    meter,
    openapi,
    pictures,
    practice,
    problems,
    runs,
    sessions,
    socket,
    webhooks,
)
from server.api.answers import answer_api_error, answer_bug, answer_http_error
from server.api.catalogue import Catalogue
from server.api.headers import ContentPolicy, SecurityHeaders, further_sources
from server.api.limits import RateLimits
from server.api.meter import HttpMeter
from server.api.metrics import Metrics
from server.api.pages import WebApp
from server.api.services import Services
from server.auth.passwords import Passwords
from server.auth.secret import load_secret
from server.auth.tokens import Tokens
from server.bus.memory import MemoryBus
from server.errors import ApiError, StartupError, StorageUnavailable
from server.logs import REQUEST_ID, RequestLog
from server.problems import load_problems
from server.rooms.hub import Hub
from server.rooms.runs import RunDesk
from server.runner.base import Limits, Runner
from server.runner.off import NoRunner
from server.runner.sandbox import Sandbox
from server.settings import Settings
from server.store.database import Database
from server.store.deliveries import Deliveries
from server.store.embedded import EmbeddedDatabase
from server.store.externals import Externals
from server.store.invites import Invites
from server.store.journal import Journal
from server.store.pictures import Pictures
from server.store.practice import Practice
from server.store.problems import OwnProblems
from server.store.progress import Progress
from server.store.runs import Runs
from server.store.sessions import Sessions
from server.store.users import Users

if TYPE_CHECKING:
    from server.api.external import External

CLOSE_SECONDS = 5.0  # for rooms to be written out on the way down; the journal has its own limit

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of what is on and what is not; `setting` names what turns it on or changes it."""

    name: str
    on: bool
    what: str
    setting: str


BUS = Part("bus", True, "in this process: one server carries all rooms", "")
SIGN_IN = Part("sign-in", True, "e-mail and password; guests by invitation", "TOKEN_TTL_HOURS")
VIDEO = Part("video", False, "not in this version", "")


def create_app(settings: Settings) -> Starlette:
    """The whole server as an ASGI app.

    Its lifespan starts everything and raises StartupError, saying what to do, when that cannot
    be; then `app.state.parts` tells what is on.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with composed(settings) as (app.state.services, app.state.parts):
            yield

    policy = ContentPolicy(further_sources(settings))
    middleware = [
        Middleware(RequestLog),
        Middleware(HttpMeter),
        Middleware(SecurityHeaders, policy),
    ]
    if settings.client_url:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.client_url,
                allow_credentials=True,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", REQUEST_ID],
                expose_headers=[REQUEST_ID, "Retry-After"],
                max_age=7200,  # the longest that Chromium keeps a preflight for
            )
        )
    return Starlette(
        routes=_routes(settings),
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={
            ApiError: answer_api_error,
            HTTPException: answer_http_error,
            Exception: answer_bug,
        },
    )


def _routes(settings: Settings) -> list[BaseRoute]:
    api = (accounts, pictures, webhooks, problems, practice, sessions, invites, runs)
    return [
        *health.routes,
        *meter.routes,
        *openapi.routes,
        *socket.routes,
        Mount("/api", routes=[route for resource in api for route in resource.routes]),
        Mount("/", WebApp(settings.web_dir)),
    ]


@asynccontextmanager
async def composed(settings: Settings) -> AsyncIterator[tuple[Services, list[Part]]]:
    """Starts every part in order and stops them in reverse, also when a later one fails."""
    async with AsyncExitStack() as stack:
        _make_folder(settings)
        known = load_problems(settings.problems_file)
        secret = load_secret(settings.secret_key, settings.data_dir)
        passwords = Passwords()
        stack.callback(passwords.close)
        database, database_part = await _database(settings, stack)
        journal = Journal(database, settings.journal_flush_ms / 1000)
        await journal.start()
        stack.push_async_callback(journal.stop)
        hub = Hub(
            journal=journal,
            bus=MemoryBus(),
            grace_seconds=settings.room_grace_seconds,
            snapshot_every=settings.snapshot_every,
        )
        hub.start()
        stack.push_async_callback(_close_rooms, hub)
        runner, runner_part = await _runner(settings, stack)
        progress = Progress(database)
        desk = RunDesk(hub=hub, runs=Runs(database), progress=progress, runner=runner)
        hub.on_event = desk.on_event
        stack.push_async_callback(desk.close)
        external, sign_in_part = await _external(settings, database, stack)
        metrics = Metrics(hub, journal, desk)
        metrics.start()
        stack.callback(metrics.stop)
        services = Services(
            settings=settings,
            users=Users(database),
            sessions=Sessions(database),
            invites=Invites(database, timedelta(hours=settings.invite_ttl_hours)),
            passwords=passwords,
            tokens=Tokens(
                secret,
                timedelta(hours=settings.token_ttl_hours),
                timedelta(seconds=settings.ticket_ttl_seconds),
            ),
            limits=RateLimits(settings.redis_url, on=settings.rate_limits == "on"),
            metrics=metrics,
            problems=Catalogue(known, OwnProblems(database)),
            practice=Practice(database),
            progress=progress,
            hub=hub,
            desk=desk,
            pictures=Pictures(database),
            deliveries=Deliveries(database),
            external=external,
            probes={"database": database.ping, "journal": _journal_probe(journal)},
        )
        yield services, [database_part, BUS, runner_part, sign_in_part, VIDEO]


def _make_folder(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The folder {settings.data_dir} cannot be made ({error.strerror}): "
            "set DATA_DIR to one that can be written."
        ) from error


async def _database(settings: Settings, stack: AsyncExitStack) -> tuple[Database, Part]:
    url = settings.db_url
    if url:
        part = Part("database", True, f"MongoDB, database {settings.db_name}", "DB_URL")
    else:
        embedded = EmbeddedDatabase(settings.data_dir)
        stack.push_async_callback(embedded.stop)
        url = await embedded.start()
        part = Part("database", True, "embedded, kept in DATA_DIR", "DB_URL")
    database = Database(url, settings.db_name)
    stack.push_async_callback(database.close)
    await database.start()
    return database, part


async def _runner(settings: Settings, stack: AsyncExitStack) -> tuple[Runner, Part]:
    if settings.runner == "off":
        off = NoRunner("Running code is turned off on this server.")
        return off, Part("runner", False, "turned off", "RUNNER")
    limits = Limits(
        wall_seconds=settings.run_wall_seconds,
        cpu_seconds=settings.run_cpu_seconds,
        memory_bytes=settings.run_memory_mib * 1024 * 1024,
        processes=settings.run_processes,
        output_bytes=settings.run_output_kib * 1024,
    )
    # no program may read the secret or the database
    sandbox = Sandbox(limits, concurrent=settings.run_concurrent, hidden=[settings.data_dir])
    stack.push_async_callback(sandbox.close)
    await sandbox.open()
    if sandbox.reason is None:
        languages = ", ".join(language.label for language in sandbox.languages())
        return sandbox, Part("runner", True, f"sandbox: {languages}", "RUNNER")
    if settings.runner == "sandbox":
        raise StartupError(f"RUNNER=sandbox is not possible here: {sandbox.reason}")
    return sandbox, Part("runner", False, sandbox.reason, "RUNNER")


async def _external(
    settings: Settings, database: Database, stack: AsyncExitStack
) -> tuple[External | None, Part]:
    """The issuer that is configured, if one is. Raises StartupError for settings that do not
    go together or cannot be what they should."""
    clerk, oidc = settings.clerk_publishable_key, settings.oidc_issuer
    if clerk and oidc:
        raise StartupError("Set CLERK_PUBLISHABLE_KEY or OIDC_ISSUER, not both.")
    if not clerk and (settings.clerk_secret_key or settings.clerk_webhook_secret):
        raise StartupError("CLERK_PUBLISHABLE_KEY is missing: set it beside Clerk's secrets.")
    if not clerk and not oidc:
        return None, SIGN_IN
    from server.api.external import connect  # with an HTTP client: 0.1 s that few need

    external = await connect(settings, Externals(database), stack)
    what = f"{external.issuer.summary}; guests by invitation"
    return external, Part("sign-in", True, what, "CLERK_…" if clerk else "OIDC_…")


async def _close_rooms(hub: Hub) -> None:
    """Writes rooms out, but does not wait for ever for a database that is away."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await hub.close()
    except TimeoutError:
        log.error("rooms were not put away in time; the journal is what counts")


def _journal_probe(journal: Journal) -> Callable[[], Coroutine[None, None, None]]:
    async def probe() -> None:
        if journal.trouble:
            raise StorageUnavailable(f"Edits cannot be saved: {journal.trouble}.")

    return probe
