"""What the server is made of, as the settings say: the only place that names concrete backends.

Each function starts one part for as long as a stack is open, and tells in a row what it is.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server.bus.base import Bus
from server.bus.memory import MemoryBus
from server.errors import StartupError
from server.media.base import Media
from server.media.builtin import BuiltinMedia
from server.runner.base import Limits, Runner
from server.runner.off import NoRunner
from server.runner.queue import Queued
from server.runner.sandbox import Sandbox
from server.settings import Settings
from server.store.database import Database
from server.store.embedded import EmbeddedDatabase, running_server
from server.store.externals import Externals

if TYPE_CHECKING:
    from server.api.external import External


@dataclass(frozen=True, slots=True)
class Part:
    """One row of what is on and what is not; `setting` names what turns it on or changes it."""

    name: str
    on: bool
    what: str
    setting: str


SIGN_IN = Part("sign-in", True, "e-mail and password; guests by invitation", "TOKEN_TTL_HOURS")


def refuse_contradictions(settings: Settings) -> None:
    """Before anything is started. Raises StartupError for settings that do not go together."""
    clerk, oidc = settings.clerk_publishable_key, settings.oidc_issuer
    if clerk and oidc:
        raise StartupError("Set CLERK_PUBLISHABLE_KEY or OIDC_ISSUER, not both.")
    if not clerk and (settings.clerk_secret_key or settings.clerk_webhook_secret):
        raise StartupError("CLERK_PUBLISHABLE_KEY is missing: set it beside Clerk's secrets.")
    key, secret = settings.stream_api_key, settings.stream_api_secret
    if bool(key) is not bool(secret):
        missing = "STREAM_API_SECRET" if key else "STREAM_API_KEY"
        raise StartupError(f"{missing} is missing: Stream needs both its key and its secret.")
    if settings.turn_urls and not settings.turn_secret:
        raise StartupError(
            "TURN_SECRET is missing: set it to what the TURN servers have (coturn: "
            "static-auth-secret)."
        )
    if settings.turn_secret and not settings.turn_urls:
        raise StartupError("TURN_URLS is missing: set it beside TURN_SECRET.")
    if settings.oidc_audience and not clerk and not oidc:
        raise StartupError("OIDC_AUDIENCE is for tokens of an issuer: set OIDC_ISSUER too.")
    if not settings.piston_url and settings.runner == "piston":
        raise StartupError("RUNNER=piston needs PISTON_URL, the address of a Piston.")
    if not settings.piston_url and settings.piston_authorization:
        raise StartupError("PISTON_URL is missing: set it beside PISTON_AUTHORIZATION.")
    if settings.web_concurrency > 1 and not settings.redis_url:
        raise StartupError(
            f"WEB_CONCURRENCY={settings.web_concurrency} needs REDIS_URL: Redis carries what "
            "people type from one worker to the others. Set it, or leave WEB_CONCURRENCY=1."
        )
    _refuse_jobs_nobody_does(settings)


def _refuse_jobs_nobody_does(settings: Settings) -> None:
    if settings.inngest_signing_key:
        return
    if settings.inngest_event_key or settings.inngest_base_url:
        raise StartupError("INNGEST_SIGNING_KEY is missing: without it Inngest calls nothing here.")
    if settings.jobs == "worker" and not settings.db_url:
        raise StartupError(
            "JOBS=worker needs DB_URL: no worker can reach the embedded database, which is the "
            "server's alone. Set it to the MongoDB both use, or leave JOBS=server."
        )


def make_folder(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The folder {settings.data_dir} cannot be made ({error.strerror}): "
            "set DATA_DIR to one that can be written."
        ) from error


def stopped(settings: Settings) -> bool:
    """Whether no server uses this data; False where that cannot be known. Raises StartupError."""
    return not settings.db_url and running_server(settings.data_dir) is None


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[tuple[Database, Part]]:
    """The database for a command that comes beside the server: the one a running server has
    started, else one of our own for as long. It is neither asked for anything nor changed.

    Raises StartupError.
    """
    async with AsyncExitStack() as stack:
        running = None if settings.db_url else running_server(settings.data_dir)
        if running is None:
            make_folder(settings)
            yield await _opened_database(settings, stack)
            return
        database = Database(running.url, settings.db_name)
        stack.push_async_callback(database.close)
        what = f"embedded, run by the server (process {running.pid})"
        yield database, Part("database", True, what, "DB_URL")


async def started_database(
    settings: Settings, stack: AsyncExitStack, embedded: str = ""
) -> tuple[Database, Part]:
    """`embedded`: the address of an embedded database that runs already, for all workers."""
    database, part = await _opened_database(settings, stack, embedded)
    await database.start()
    return database, part


async def shared_database(settings: Settings, stack: AsyncExitStack) -> str:
    """Starts the embedded database for all workers, where it is wanted; its address, or "".
    Raises StartupError."""
    return "" if settings.db_url else await _started_embedded(settings, stack)


async def _started_embedded(settings: Settings, stack: AsyncExitStack) -> str:
    embedded = EmbeddedDatabase(settings.data_dir)
    stack.push_async_callback(embedded.stop)
    return await embedded.start()


async def _opened_database(
    settings: Settings, stack: AsyncExitStack, embedded: str = ""
) -> tuple[Database, Part]:
    url = settings.db_url
    if url:
        part = Part("database", True, f"MongoDB, database {settings.db_name}", "DB_URL")
    else:
        url = embedded or await _started_embedded(settings, stack)
        part = Part("database", True, "embedded, kept in DATA_DIR", "DB_URL")
    database = Database(url, settings.db_name)
    stack.push_async_callback(database.close)
    return database, part


async def started_bus(settings: Settings, stack: AsyncExitStack) -> tuple[Bus, Part]:
    """What carries updates and events between workers, for as long as `stack`.

    A Redis that is away is no reason not to start: it is tried again. Raises StartupError for an
    address that cannot be one.
    """
    if not settings.redis_url:
        what = "in this process: one server carries all rooms"
        return MemoryBus(), Part("bus", True, what, "REDIS_URL")
    from server.bus.redis import RedisBus  # with its client: 0.1 s that one worker does not need

    try:
        bus = RedisBus(settings.redis_url, settings.db_name)
    except ValueError:  # it may tell parts of the address, and with that of a password
        raise StartupError(
            "REDIS_URL cannot be used: it must be an address such as "
            "redis://:password@redis.example.com:6379/0, special characters percent-encoded."
        ) from None
    stack.push_async_callback(bus.close)
    await bus.start()
    what = "Redis: carries rooms from worker to worker"
    if bus.trouble is not None:
        what = f"{bus.trouble}; until it is there, each worker's rooms are its own"
    return bus, Part("bus", bus.trouble is None, what, "REDIS_URL")


def machine_id() -> str:
    """The same for all workers on one machine, in whatever container, and for no others: that of
    the kernel's start. Where there is none, the machine's name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()


def run_limits(settings: Settings) -> Limits:
    """What any run may use that brings no limits of its own."""
    return Limits(
        wall_seconds=settings.run_wall_seconds,
        cpu_seconds=settings.run_cpu_seconds,
        memory_bytes=settings.run_memory_mib * 1024 * 1024,
        processes=settings.run_processes,
        output_bytes=settings.run_output_kib * 1024,
    )


async def started_runner(
    settings: Settings, stack: AsyncExitStack, bus: Bus | None = None
) -> tuple[Runner, Part]:
    """What runs code here, for as long as `stack`; `bus`: where several workers share its places.

    Raises StartupError.
    """
    if settings.runner == "off":
        off = NoRunner("Running code is turned off on this server.")
        return off, Part("runner", False, "turned off", "RUNNER")
    limits = run_limits(settings)
    if settings.runner == "piston" or (settings.runner == "auto" and settings.piston_url):
        return await _started_piston(settings, limits, stack, bus)
    # no program may read the secret or the database
    sandbox = Sandbox(limits, concurrent=settings.runs_at_once, hidden=[settings.data_dir])
    stack.push_async_callback(sandbox.close)
    await sandbox.open()
    if sandbox.reason is None:
        languages = ", ".join(language.label for language in sandbox.languages())
        what = f"sandbox: {languages}, and compilers where there are any"
        queue = await _started_queue(sandbox, settings, stack, bus, f"machine {machine_id()}")
        return queue, Part("runner", True, what, "RUNNER")
    if settings.runner == "sandbox":
        raise StartupError(f"RUNNER=sandbox is not possible here: {sandbox.reason}")
    return sandbox, Part("runner", False, sandbox.reason, "RUNNER")


async def _started_queue(
    runner: Runner, settings: Settings, stack: AsyncExitStack, bus: Bus | None, where: str
) -> Queued:
    """What stands before a runner: one for all workers that share it, where there may be more."""
    if not settings.redis_url or bus is None:
        return Queued(runner, settings.runs_at_once)
    from server.runner.shared_queue import SharedQueue  # with Redis' client, as the bus

    key = f"{settings.db_name}:runs:{where}"
    queue = SharedQueue(
        runner, settings.runs_at_once, bus=bus, redis_url=settings.redis_url, key=key
    )
    stack.push_async_callback(queue.close)
    await queue.open()
    return queue


async def _started_piston(
    settings: Settings, limits: Limits, stack: AsyncExitStack, bus: Bus | None
) -> tuple[Runner, Part]:
    """A Piston that is away is no reason not to start: it is asked again."""
    from server.runner.piston.runner import PistonRunner  # with an HTTP client, as below

    piston = PistonRunner(
        settings.piston_url,
        settings.piston_authorization,
        limits,
        concurrent=settings.runs_at_once,
    )
    stack.push_async_callback(piston.close)
    await piston.open()
    languages = ", ".join(language.label for language in piston.languages())
    what = piston.reason or f"Piston: {languages}"
    row = Part("runner", piston.reason is None, what, "PISTON_URL")
    return await _started_queue(piston, settings, stack, bus, "piston"), row


async def started_sign_in(
    settings: Settings, database: Database, stack: AsyncExitStack
) -> tuple[External | None, Part]:
    """The issuer that is configured, if one is. Raises StartupError for what cannot be a key."""
    clerk, oidc = settings.clerk_publishable_key, settings.oidc_issuer
    if not clerk and not oidc:
        return None, SIGN_IN
    from server.api.external import connect  # with an HTTP client: 0.1 s that few need

    external = await connect(settings, Externals(database), stack)
    what = f"{external.issuer.summary}; guests by invitation"
    return external, Part("sign-in", True, what, "CLERK_…" if clerk else "OIDC_…")


def video_part(settings: Settings) -> Part:
    """What the table tells of calls."""
    if settings.media == "off":
        return Part("video", False, "turned off", "VIDEO")
    if settings.media == "stream":
        return Part("video", True, "Stream: calls and chat", "STREAM_API_KEY")
    if settings.turn_urls:
        return Part("video", True, "browser to browser, or by TURN", "TURN_URLS")
    if settings.stun_urls:
        what = "browser to browser, but not out of strict networks: no TURN"
        return Part("video", True, what, "TURN_URLS")
    return Part("video", True, "browser to browser, within one network", "TURN_URLS")


async def started_media(settings: Settings, stack: AsyncExitStack) -> Media:
    """What carries calls and chat elsewhere, where anything does. Raises StartupError."""
    if settings.media != "stream":
        return BuiltinMedia()  # it holds nothing, so there is nothing to close
    try:
        from server.media.stream import StreamMedia  # its packages take a second to import
    except ImportError as error:
        raise StartupError(
            f"STREAM_API_KEY is set, but {error.name} is not installed: "
            "`pip install interview-room[stream]` installs Stream's packages."
        ) from error
    media = StreamMedia(
        settings.stream_api_key,
        settings.stream_api_secret,
        settings.stream_video_url,
        settings.stream_chat_url,
    )
    stack.push_async_callback(media.close)
    return media
