"""The composition root: every part, and what it is given to work with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from starlette.types import ASGIApp

from server.api.bus_metrics import bus_metrics
from server.api.catalogue import Catalogue
from server.api.ending import close_room
from server.api.entering import lists_changed
from server.api.job_metrics import job_metrics
from server.api.limits import RateLimits
from server.api.metrics import Metrics
from server.api.recorder import Recorder
from server.api.services import Services
from server.auth.passwords import Passwords
from server.auth.secret import load_secret
from server.auth.tokens import Tokens
from server.backends import (
    Part,
    make_folder,
    refuse_contradictions,
    run_limits,
    started_bus,
    started_database,
    started_media,
    started_runner,
    started_sign_in,
    video_part,
)
from server.bus.base import Bus
from server.errors import NoSuchDocument, StorageUnavailable
from server.jobs.calls import Telling
from server.jobs.place import Place, do_jobs, started_jobs
from server.jobs.tasks import calls_of, tasks_of
from server.media.base import Media
from server.problems import Problems, load_problems
from server.rooms.attendance import Attendance
from server.rooms.calls import CallDesk
from server.rooms.chat import ChatDesk
from server.rooms.events import by_family
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.runs import RunDesk
from server.rooms.sign_outs import SignOuts
from server.settings import Settings
from server.store.chat import Chat
from server.store.database import Database
from server.store.deliveries import Deliveries
from server.store.documents import Documents
from server.store.elsewhere import Elsewhere
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

CLOSE_SECONDS = 5.0  # for rooms to be written out on the way down; the journal has its own limit

log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def composed(
    settings: Settings, embedded: str = ""
) -> AsyncIterator[tuple[Services, list[Part], ASGIApp | None]]:
    """Starts every part in order and stops them in reverse, also when a later one fails.

    What answers requests, what there is to tell of each part, and what answers Inngest where
    that calls the background jobs.
    """
    refuse_contradictions(settings)
    async with AsyncExitStack() as stack:
        make_folder(settings)
        known = load_problems(settings.problems_file)  # before anything starts that must end again
        database, database_part = await started_database(settings, stack, embedded)
        services, parts = await _started_services(settings, known, database, stack)
        jobs = await _started_jobs(services, database, stack)
        jobs_part = Part("jobs", jobs.on, jobs.what, jobs.setting)
        yield services, [database_part, *parts, jobs_part], jobs.inngest


async def _started_services(
    settings: Settings, known: Problems, database: Database, stack: AsyncExitStack
) -> tuple[Services, list[Part]]:
    """Everything that answers requests."""
    secret = load_secret(settings.secret_key, settings.data_dir)
    passwords = Passwords()
    stack.callback(passwords.close)
    bus, bus_part = await started_bus(settings, stack)
    users, members, progress = Users(database), Members(database), Progress(database)
    journal, hub = await _started_rooms(settings, database, bus, members, stack)
    sign_outs, told = await _started_listeners(hub, users, bus, stack)
    runner, runner_part = await started_runner(settings, stack, bus)
    runs = RunDesk(
        hub=hub,
        runs=Runs(database),
        workers=journal.workers,
        progress=progress,
        runner=runner,
        live=told,
        limits=run_limits(settings),
    )
    talk, call = ChatDesk(hub, Chat(database)), CallDesk(hub, members, on=settings.media != "off")
    await _open_desks(hub, runs, talk, call, stack)
    external, sign_in_part = await started_sign_in(settings, database, stack)
    media = await started_media(settings, stack)
    recorder, call.on_let = _started_calls(settings, database, media, hub, stack)
    services = Services(
        settings=settings,
        users=users,
        sessions=Sessions(database),
        lists=SessionLists(database, members),
        members=members,
        invites=Invites(database, timedelta(hours=settings.invite_ttl_hours)),
        stats=Stats(database),
        passwords=passwords,
        tokens=_tokens(settings, secret),
        limits=RateLimits(settings.redis_url, on=settings.rate_limits == "on"),
        metrics=_started_metrics(hub, journal, runs, bus, stack),
        problems=Catalogue(known, OwnProblems(database)),
        practice=Practice(database),
        progress=progress,
        hub=hub,
        sign_outs=sign_outs,
        desk=runs,
        chat=talk,
        live=told,
        pictures=Pictures(database),
        deliveries=Deliveries(database),
        media=media,
        recorder=recorder,
        call_changed=call.on_let,
        external=external,
        probes={"database": database.ping, "journal": _journal_probe(journal)},
    )
    return services, [bus_part, runner_part, sign_in_part, video_part(settings)]


async def _started_listeners(
    hub: Hub, users: Users, bus: Bus, stack: AsyncExitStack
) -> tuple[SignOuts, Live]:
    """What hears from other workers of people, and of lists that changed."""
    sign_outs, told = SignOuts(hub, users, bus), Live(bus)
    for each in (sign_outs, told):
        await each.start()
        stack.push_async_callback(each.close)
    return sign_outs, told


async def _open_desks(
    hub: Hub, runs: RunDesk, talk: ChatDesk, call: CallDesk, stack: AsyncExitStack
) -> None:
    """From now on they deal with the events that people send in a room."""
    calls = dict.fromkeys(("call", "signal", "recording"), call.on_event)
    hub.on_event = by_family({"run": runs.on_event, "chat": talk.on_event, **calls})
    await runs.open()
    for desk in (runs, talk, call):
        stack.push_async_callback(desk.close)


def _tokens(settings: Settings, secret: str) -> Tokens:
    ticket = timedelta(seconds=settings.ticket_ttl_seconds)
    return Tokens(secret, timedelta(hours=settings.token_ttl_hours), ticket)


def _started_metrics(
    hub: Hub, journal: Journal, runs: RunDesk, bus: Bus, stack: AsyncExitStack
) -> Metrics:
    metrics = Metrics(hub, journal, runs)
    metrics.watch(partial(bus_metrics, bus))
    metrics.start()
    stack.callback(metrics.stop)
    return metrics


def _started_calls(
    settings: Settings, database: Database, media: Media, hub: Hub, stack: AsyncExitStack
) -> tuple[Recorder, Callable[[str], None]]:
    """What records calls elsewhere, and what tells of sessions there."""
    recorder = Recorder(Elsewhere(database), media, partial(_recording_agreed, hub))
    if media.kind == "builtin":
        return recorder, lambda _: None
    recorder.start()
    hub.on_recording.append(recorder.heard_consent)
    stack.push_async_callback(recorder.close)
    telling = Telling(calls_of(settings, database, media))
    stack.push_async_callback(telling.close)
    return recorder, telling.changed


async def _recording_agreed(hub: Hub, session_id: str) -> bool:
    """Whether all in the call of a session have agreed to being recorded, and are told so, at
    whichever worker: with the room open here, that is heard of."""
    try:
        room = await hub.open(session_id)
    except (NoSuchDocument, StorageUnavailable):
        return False
    return bool(room.keeping.recording["state"] == "on")


async def _started_rooms(
    settings: Settings, database: Database, bus: Bus, members: Members, stack: AsyncExitStack
) -> tuple[Journal, Hub]:
    name = Name(settings.data_dir)
    stack.callback(name.release)
    workers = Workers(database, name.value)
    workers.on_given_up = _end_at_once
    journal = Journal(database, settings.journal_flush_ms / 1000, workers=workers)
    await journal.start()
    stack.push_async_callback(journal.stop)
    hub = Hub(
        journal=journal,
        bus=bus,
        removals=members.removals,
        speakers=members.speakers,
        grace_seconds=settings.room_grace_seconds,
        snapshot_every=settings.snapshot_every,
    )
    hub.start()
    stack.push_async_callback(_close_rooms, hub)
    return journal, hub


async def _started_jobs(services: Services, database: Database, stack: AsyncExitStack) -> Place:
    """What goes on without anybody asking."""
    settings = services.settings
    attendance = Attendance(
        services.hub, services.sessions, services.members, partial(close_room, services)
    )
    attendance.start()
    stack.push_async_callback(attendance.close)
    tasks = tasks_of(settings, database, services.media, partial(_end, services))
    services.metrics.watch(partial(job_metrics, {task.name: task.figures for task in tasks}))
    return await started_jobs(settings, database, tasks, stack)


async def work(settings: Settings) -> None:
    """Does the background jobs of servers elsewhere, for ever; cancel it to stop. For DB_URL.

    Raises StartupError. It has no journal: what a crash left in there is filed by servers.
    """
    refuse_contradictions(settings)
    async with AsyncExitStack() as stack:
        database, _ = await started_database(settings, stack)
        documents = Documents(database)
        media = await started_media(settings, stack)

        async def end(session: Session, _reason: str) -> None:
            # a server that has the room open finds out within a minute
            await documents.close(session.id)

        await do_jobs(database, tasks_of(settings, database, media, end))


async def _end(services: Services, session: Session, reason: str) -> None:
    """Closes the room of a session that a background job has completed."""
    await close_room(services, session, reason)
    lists_changed(services, session)


def _end_at_once() -> None:
    """Others have taken our rooms: not a byte more, also not on the way down."""
    os._exit(os.EX_TEMPFAIL)


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
