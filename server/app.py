"""The composition root: the only place that names concrete backends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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
    inngest,
    invites,
    lists,
    live,
    meter,
    openapi,
    people,
    pictures,
    practice,
    problems,
    runs,
    sessions,
    socket,
    stats,
    webhooks,
)
from server.api.answers import answer_api_error, answer_bug, answer_http_error
from server.api.catalogue import Catalogue
from server.api.ending import close_room
from server.api.entering import lists_changed
from server.api.headers import ContentPolicy, SecurityHeaders, further_sources
from server.api.job_metrics import job_metrics
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
from server.jobs.place import do_jobs, started_jobs
from server.jobs.tasks import tasks_of
from server.logs import REQUEST_ID, RequestLog
from server.media.base import Media
from server.media.builtin import BuiltinMedia
from server.problems import load_problems
from server.rooms.attendance import Attendance
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.runs import RunDesk
from server.runner.base import Limits, Runner
from server.runner.off import NoRunner
from server.runner.sandbox import Sandbox
from server.settings import Settings
from server.store.database import Database
from server.store.deliveries import Deliveries
from server.store.documents import Documents
from server.store.embedded import EmbeddedDatabase, running_server
from server.store.externals import Externals
from server.store.invites import Invites
from server.store.journal import Journal
from server.store.lists import SessionLists
from server.store.members import Members
from server.store.pictures import Pictures
from server.store.practice import Practice
from server.store.problems import OwnProblems
from server.store.progress import Progress
from server.store.runs import Runs
from server.store.sessions import Session, Sessions
from server.store.stats import Stats
from server.store.users import Users
from server.store.workers import Name, Workers

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
    # lists before sessions: /sessions/active is no session's id
    api = (
        *(accounts, pictures, webhooks, problems, practice),
        *(lists, sessions, people, invites, runs, stats),
    )
    return [
        *health.routes,
        *meter.routes,
        *openapi.routes,
        *socket.routes,
        *live.routes,
        *inngest.routes,
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
        name = Name(settings.data_dir)
        stack.callback(name.release)
        workers = Workers(database, name.value)
        workers.on_given_up = _end_at_once
        journal = Journal(database, settings.journal_flush_ms / 1000, workers=workers)
        await journal.start()
        stack.push_async_callback(journal.stop)
        bus = MemoryBus()
        members = Members(database)
        hub = Hub(
            journal=journal,
            bus=bus,
            removals=members.removals,
            grace_seconds=settings.room_grace_seconds,
            snapshot_every=settings.snapshot_every,
        )
        hub.start()
        stack.push_async_callback(_close_rooms, hub)
        told = Live(bus)
        await told.start()
        stack.push_async_callback(told.close)
        runner, runner_part = await started_runner(settings, stack)
        progress = Progress(database)
        desk = RunDesk(hub=hub, runs=Runs(database), progress=progress, runner=runner, live=told)
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
            lists=SessionLists(database, members),
            members=members,
            invites=Invites(database, timedelta(hours=settings.invite_ttl_hours)),
            stats=Stats(database),
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
            live=told,
            pictures=Pictures(database),
            deliveries=Deliveries(database),
            external=external,
            probes={"database": database.ping, "journal": _journal_probe(journal)},
        )
        attendance = Attendance(hub, services.sessions, members, partial(close_room, services))
        attendance.start()
        stack.push_async_callback(attendance.close)
        media = _media(settings)
        stack.push_async_callback(media.close)
        tasks = tasks_of(settings, database, media, partial(_end, services))
        place = await started_jobs(settings, database, tasks, stack)
        metrics.watch(partial(job_metrics, {task.name: task.figures for task in tasks}))
        services.background.inngest = place.inngest
        jobs_part = Part("jobs", place.on, place.what, place.setting)
        yield services, [database_part, BUS, runner_part, sign_in_part, VIDEO, jobs_part]


async def work(settings: Settings) -> None:
    """Does the background jobs of servers elsewhere, for ever; cancel it to stop. For DB_URL.

    Raises StartupError. It has no journal: what a crash left in there is filed by servers.
    """
    async with AsyncExitStack() as stack:
        database, _ = await _database(settings, stack)
        documents = Documents(database)
        media = _media(settings)
        stack.push_async_callback(media.close)

        async def end(session: Session, _reason: str) -> None:
            # a server that has the room open finds out within a minute
            await documents.close(session.id)

        await do_jobs(database, tasks_of(settings, database, media, end))


async def _end(services: Services, session: Session, reason: str) -> None:
    """Closes the room of a session that a background job has completed."""
    await close_room(services, session, reason)
    lists_changed(services, session)


def _media(settings: Settings) -> Media:
    """Raises StartupError when Stream is configured by half."""
    key, secret = settings.stream_api_key, settings.stream_api_secret
    if not key and not secret:
        return BuiltinMedia()
    if not key or not secret:
        missing = "STREAM_API_SECRET" if key else "STREAM_API_KEY"
        raise StartupError(f"{missing} is missing: Stream needs both its key and its secret.")
    from server.media.stream import StreamMedia  # the HTTP client takes a while to import

    return StreamMedia(key, secret, settings.stream_video_url, settings.stream_chat_url)


def _end_at_once() -> None:
    """Others have taken our rooms: not a byte more, also not on the way down."""
    os._exit(os.EX_TEMPFAIL)


def _make_folder(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The folder {settings.data_dir} cannot be made ({error.strerror}): "
            "set DATA_DIR to one that can be written."
        ) from error


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[tuple[Database, Part]]:
    """The database for a command that comes beside the server: the one a running server has
    started, else one of our own for as long. It is neither asked for anything nor changed.

    Raises StartupError.
    """
    async with AsyncExitStack() as stack:
        running = None if settings.db_url else running_server(settings.data_dir)
        if running is None:
            _make_folder(settings)
            yield await _open_database(settings, stack)
            return
        database = Database(running.url, settings.db_name)
        stack.push_async_callback(database.close)
        what = f"embedded, run by the server (process {running.pid})"
        yield database, Part("database", True, what, "DB_URL")


async def _database(settings: Settings, stack: AsyncExitStack) -> tuple[Database, Part]:
    database, part = await _open_database(settings, stack)
    await database.start()
    return database, part


async def _open_database(settings: Settings, stack: AsyncExitStack) -> tuple[Database, Part]:
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
    return database, part


async def started_runner(settings: Settings, stack: AsyncExitStack) -> tuple[Runner, Part]:
    """What runs code here, for as long as `stack`. Raises StartupError."""
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
