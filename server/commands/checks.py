"""What `interview check` looks at: one small function a part, all of them in `CHECKS`.

A check gets the context and returns what it found, a row or several. It may raise
StartupError, which is what its row then says.
"""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Literal, cast

import msgspec
from pymongo.errors import PyMongoError

from server.api.pages import INDEX
from server.auth.secret import FILE, load_secret
from server.auth.turn import turn_credential
from server.backends import (
    reached,
    refuse_contradictions,
    started_media,
    started_runner,
    started_sign_in,
    video_part,
)
from server.commands.stun import StunError, ask_stun, ask_turn
from server.errors import IssuerUnavailable, StorageUnavailable
from server.jobs.lease import Lease
from server.jobs.place import LEASE
from server.media.base import MediaUnavailable
from server.problems import load_problems
from server.runner.base import Finished, Job, Language, Output, Runner, Verdict
from server.runner.languages import RECIPES, Recipe
from server.settings import Settings
from server.store.database import INDEXES, Database, now, reaching_storage

DATABASE_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 5.0
SHARED_BITS: Final = stat.S_IRWXG | stat.S_IRWXO

State = Literal["ok", "off", "failed"]


class Outcome(msgspec.Struct, frozen=True):
    """A row: `off` is what is not configured or not there, and nobody needs it to be."""

    name: str
    state: State
    what: str
    setting: str = ""


@dataclass(slots=True)
class Context:
    """What checks share; `stack` lives until the last one."""

    settings: Settings
    stack: AsyncExitStack
    database: Database | None = None
    """Where `database` found it."""
    serving: bool = False
    """Whether `port` found a server of ours there."""


Check = Callable[[Context], Awaitable[list[Outcome]]]


async def settings_valid(context: Context) -> list[Outcome]:
    """Each was read before any check: wrong ones end every command with what is wrong."""
    refuse_contradictions(context.settings)
    return [Outcome("settings", "ok", "all of them can be used", ".env")]


async def data_folder(context: Context) -> list[Outcome]:
    folder = context.settings.data_dir.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror})"
        return [Outcome("data", "failed", what, "DATA_DIR")]
    return [Outcome("data", "ok", f"{folder} can be written", "DATA_DIR")]


async def database(context: Context) -> list[Outcome]:
    opened, part = await context.stack.enter_async_context(reached(context.settings))
    began = time.perf_counter()
    try:
        await opened.ping(DATABASE_SECONDS)
    except StorageUnavailable:
        what = f"{part.what}: does not answer"
        return [Outcome("database", "failed", what, part.setting)]
    took = (time.perf_counter() - began) * 1000
    context.database = opened
    return [Outcome("database", "ok", f"{part.what}; answers in {took:.0f} ms", part.setting)]


async def indexes(context: Context) -> list[Outcome]:
    """Missing ones are made at the next start, so they are missed only where data is."""
    if context.database is None:
        return [Outcome("indexes", "off", "not looked at: the database does not answer")]
    missing = []
    try:
        with reaching_storage():
            for name, wanted in INDEXES.items():
                present = await context.database.collection(name).index_information()
                names = [index.document["name"] for index in wanted]
                missing += [f"{name}.{index}" for index in names if index not in present]
    except (StorageUnavailable, PyMongoError) as error:
        return [Outcome("indexes", "failed", f"cannot be read: {error}", "DB_URL")]
    total = sum(map(len, INDEXES.values()))
    if not missing:
        return [Outcome("indexes", "ok", f"all {total} are there")]
    if len(missing) == total:
        return [Outcome("indexes", "off", "none yet: the first start makes them")]
    state: State = "failed" if context.serving else "off"
    return [Outcome("indexes", state, f"missing {', '.join(missing)}: a start makes them")]


async def redis(context: Context) -> list[Outcome]:
    url = context.settings.redis_url
    if not url:
        what = "not set: one worker carries all rooms, and counts requests alone"
        return [Outcome("redis", "off", what, "REDIS_URL")]
    from redis.asyncio import Redis  # takes 100 ms, so only where it is configured
    from redis.exceptions import NoPermissionError, RedisError

    try:
        client = Redis.from_url(
            url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
        )
    except ValueError:  # it may tell parts of a password
        return [Outcome("redis", "failed", "is no address of a Redis", "REDIS_URL")]
    began = time.perf_counter()
    try:
        await cast(Awaitable[bool], client.ping())  # its type serves both of its clients
        took = (time.perf_counter() - began) * 1000
        channel = f"{context.settings.db_name}:end:check"
        async with client.pubsub() as listening:
            await listening.subscribe(channel)
            await listening.get_message(timeout=ANSWER_SECONDS)
            await client.publish(channel, b"")
    except NoPermissionError as error:
        what = f"answers, but lets nobody publish and subscribe with this name: {error}"
        return [Outcome("redis", "failed", what, "REDIS_URL")]
    except (RedisError, OSError) as error:
        return [Outcome("redis", "failed", f"does not answer: {error}", "REDIS_URL")]
    finally:
        await client.aclose()
    what = f"carries rooms between workers; answers in {took:.0f} ms"
    return [Outcome("redis", "ok", what, "REDIS_URL")]


async def sign_in(context: Context) -> list[Outcome]:
    if not context.settings.clerk_publishable_key and not context.settings.oidc_issuer:
        return [Outcome("sign-in", "ok", "e-mail and password", "OIDC_ISSUER")]
    if context.database is None:
        return [Outcome("sign-in", "off", "not looked at: the database does not answer")]
    external, part = await started_sign_in(context.settings, context.database, context.stack)
    try:
        if external is not None:
            await external.issuer.check()
    except IssuerUnavailable:
        return [Outcome("sign-in", "failed", f"{part.what}: its keys cannot be had", part.setting)]
    return [Outcome("sign-in", "ok", part.what, part.setting)]


async def video(context: Context) -> list[Outcome]:
    if not context.settings.stream_api_key:
        return [Outcome("Stream", "off", "not set", "STREAM_API_KEY")]
    if context.settings.media != "stream":
        return [Outcome("Stream", "off", "set, and left alone", "VIDEO")]
    media = await started_media(context.settings, context.stack)
    try:
        await media.check()
    except MediaUnavailable as error:
        return [Outcome("Stream", "failed", str(error), "STREAM_API_KEY")]
    return [Outcome("Stream", "ok", "answers and takes the key", "STREAM_API_KEY")]


async def calls(context: Context) -> list[Outcome]:
    """A row for what carries them, and one a server that browsers are told of."""
    settings = context.settings
    part = video_part(settings)
    rows = [Outcome("calls", "ok" if part.on else "off", part.what, part.setting)]
    if settings.media != "builtin":
        return rows
    asks = [("STUN", url, partial(ask_stun, url)) for url in settings.stun_urls]
    until = now() + timedelta(seconds=settings.turn_ttl_seconds)
    credential = turn_credential(settings.turn_secret, "check", until)
    asks += [("TURN", url, partial(ask_turn, url, credential)) for url in settings.turn_urls]
    return [*rows, *await asyncio.gather(*(_answer_of(*each) for each in asks))]


async def _answer_of(name: str, url: str, ask: Callable[[], None]) -> Outcome:
    setting = f"{name}_URLS"
    began = time.perf_counter()
    try:
        await asyncio.to_thread(ask)
    except StunError as error:
        return Outcome(name, "failed", f"{url} {error}", setting)
    took = (time.perf_counter() - began) * 1000
    what = "relays for people here" if name == "TURN" else "answers"
    return Outcome(name, "ok", f"{url} {what}, after {took:.0f} ms", setting)


async def jobs(context: Context) -> list[Outcome]:
    """Whether anybody does them: whoever does holds the lease."""
    if context.settings.jobs == "off":
        return [Outcome("jobs", "off", "turned off", "JOBS")]
    if context.settings.inngest_signing_key:
        return [Outcome("jobs", "ok", "called by Inngest", "INNGEST_SIGNING_KEY")]
    if context.database is None:
        return [Outcome("jobs", "off", "not looked at: the database does not answer")]
    holder = await Lease(context.database, LEASE).current()
    if holder is not None:
        return [Outcome("jobs", "ok", f"done by {holder}", "JOBS")]
    if context.settings.jobs == "worker":
        what = "nobody does them: start `interview worker`"
        return [Outcome("jobs", "failed", what, "JOBS")]
    return [Outcome("jobs", "off", "done while a server runs", "JOBS")]


async def problems(context: Context) -> list[Outcome]:
    path = context.settings.problems_file
    count = len(load_problems(path).all())
    return [Outcome("problems", "ok", f"{count} in {path}", "PROBLEMS_FILE")]


async def web_app(context: Context) -> list[Outcome]:
    folder = context.settings.web_dir
    if (folder / INDEX).is_file():
        return [Outcome("web app", "ok", f"built in {folder}", "WEB_DIR")]
    what = f"not built in {folder}: make run builds it"
    return [Outcome("web app", "failed", what, "WEB_DIR")]


async def secret_key(context: Context) -> list[Outcome]:
    settings = context.settings
    if settings.secret_key:
        return [Outcome("secret key", "ok", "set", "SECRET_KEY")]
    path = settings.data_dir / FILE
    if not path.exists():
        return [Outcome("secret key", "off", "none yet: the first start makes one", "SECRET_KEY")]
    load_secret("", settings.data_dir)
    if os.name == "posix" and path.stat().st_mode & SHARED_BITS:
        what = f"others can read {path}: chmod 600 it"
        return [Outcome("secret key", "failed", what, "SECRET_KEY")]
    return [Outcome("secret key", "ok", f"kept in {path}", "SECRET_KEY")]


async def runner(context: Context) -> list[Outcome]:
    """A row a language: each prints hello, or says why not."""
    made, part = await started_runner(context.settings, context.stack)
    if not part.on:
        # RUNNER=auto means: where it is possible; a Piston is meant to be there
        state: State = "failed" if part.setting == "PISTON_URL" else "off"
        return [Outcome("runner", state, part.what, part.setting)]
    await made.settle()
    there = {language.id: language for language in made.languages()}
    piston = part.setting == "PISTON_URL"
    rows = [Outcome("runner", "ok", part.what, part.setting)] if piston else []
    missing = "not installed at Piston" if piston else "not installed, or too old"
    for recipe in RECIPES:
        name = f"run {recipe.language.label}"
        if language := there.get(recipe.language.id):
            rows.append(await _hello(made, language, recipe, name))
        else:
            rows.append(Outcome(name, "off", missing))
    return rows


async def _hello(made: Runner, language: Language, recipe: Recipe, name: str) -> Outcome:
    job = Job(language.id, {language.path: recipe.hello}, language.path)
    events = [event async for event in made.start(job).events()]
    printed = "".join(event.text for event in events if isinstance(event, Output))
    end = events[-1]
    assert isinstance(end, Finished)  # noqa: S101 - the contract of a runner
    if end.verdict is Verdict.OK and printed == "hello\n":
        return Outcome(name, "ok", f"hello in {end.wall_ms} ms", "RUNNER")
    why = end.message or printed.strip() or f"exit code {end.exit_code}"
    return Outcome(name, "failed", f"{end.verdict}: {why}", "RUNNER")


async def port(context: Context) -> list[Outcome]:
    """Free, or already ours."""
    settings = context.settings
    if settings.port == 0:
        return [Outcome("port", "ok", "any that is free", "PORT")]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    where = f"{host}:{settings.port}"
    try:
        server = await asyncio.start_server(lambda *_: None, settings.host, settings.port)
    except OSError as error:
        asked = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104
        context.serving = await _is_ours(f"http://{asked}:{settings.port}")
        if context.serving:
            return [Outcome("port", "ok", f"this server answers at {where}", "PORT")]
        return [Outcome("port", "failed", f"{where} cannot be had ({error.strerror})", "PORT")]
    server.close()
    await server.wait_closed()
    return [Outcome("port", "ok", f"{where} is free", "PORT")]


async def public_url(context: Context) -> list[Outcome]:
    url = context.settings.public_url
    if not url:
        what = "not set: invitations name the address the host uses"
        return [Outcome("public URL", "off", what, "PUBLIC_URL")]
    if await _is_ours(url):
        return [Outcome("public URL", "ok", f"{url} leads to this server", "PUBLIC_URL")]
    if context.serving:
        what = f"{url} does not lead to this server from here"
        return [Outcome("public URL", "failed", what, "PUBLIC_URL")]
    what = f"{url}; not tried, as no server is running"
    return [Outcome("public URL", "ok", what, "PUBLIC_URL")]


async def _is_ours(base: str) -> bool:
    """Whether /health at this address is answered as our server does."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"{base}/health", timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - settings allow http and https only
                said = msgspec.json.decode(answer.read(10_000))
        except (OSError, ValueError, urllib.error.URLError):
            return False
        return isinstance(said, dict) and said.get("msg") == "api is up and running"

    return await asyncio.to_thread(ask)


CHECKS: Final[Mapping[str, Check]] = {
    "settings": settings_valid,
    "data": data_folder,
    "secret key": secret_key,
    "port": port,
    "public URL": public_url,
    "database": database,
    "indexes": indexes,
    "redis": redis,
    "sign-in": sign_in,
    "Stream": video,
    "calls": calls,
    "jobs": jobs,
    "problems": problems,
    "web app": web_app,
    "runner": runner,
}
"""In the order they are shown; later ones may use what earlier ones left in the context."""
