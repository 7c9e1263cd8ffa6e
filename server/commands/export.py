"""`interview export`: one session as JSON or as Markdown.

Everything is read beside a server that may be running, and nothing is changed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from crdt.document import Document
from crdt.errors import CrdtError
from server.api.catalogue import Catalogue
from server.api.views import person
from server.backends import reached, run_limits, stopped
from server.commands import markdown
from server.commands.terminal import quiet_settings
from server.errors import StartupError
from server.problems import load_problems
from server.rooms.record import public, settled
from server.settings import Settings
from server.store.chat import Chat
from server.store.database import MEMBERS, Database, now, reaching_storage
from server.store.documents import Documents
from server.store.problems import OwnProblems
from server.store.runs import Runs
from server.store.sessions import Session, Sessions
from server.store.users import Users

FORMAT: Final = "interview-room/session"
VERSION: Final = 1
"""Raised when a field changes its meaning or goes away; new fields may come any time."""

QUEUE_SECONDS: Final = 600.0
"""How long a run waits at most until others have ended."""


def run(arguments: argparse.Namespace) -> int:
    """Raises NoSuchSession, StorageUnavailable or StartupError."""
    settings = quiet_settings()
    found = asyncio.run(_read(settings, arguments.session))
    if arguments.format == "json":
        text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    else:
        text = markdown.written(found)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartupError(
            f"{arguments.output} cannot be written ({error.strerror}): choose another --output."
        ) from error
    return 0


async def _read(settings: Settings, session_id: str) -> dict[str, Any]:
    if not settings.db_url and not (settings.data_dir / "db").exists():
        raise StartupError(
            f"Nothing is stored in {settings.data_dir.resolve()} yet: set DATA_DIR or DB_URL to "
            "where the server keeps its data."
        )
    nobody = stopped(settings)
    async with reached(settings) as (database, _):
        return await exported(database, settings, session_id, nobody=nobody)


async def exported(
    database: Database, settings: Settings, session_id: str, *, nobody: bool = False
) -> dict[str, Any]:
    """The whole session as one JSON-ready object; docs/SELF_HOSTING.md tells its shape.
    `nobody`: there is no server that could be running its code.

    Raises NoSuchSession or StorageUnavailable, StartupError for a document that cannot be read.
    """
    session = await Sessions(database).get(session_id)
    return {
        "format": FORMAT,
        "version": VERSION,
        "exportedAt": now(),
        "session": _session(session),
        "people": await _people(database, session),
        "problem": await _problem(database, settings, session),
        **await _code(database, session_id),
        "runs": await _runs(database, settings, session, nobody=nobody),
        "chat": await Chat(database).of_session(session_id),
    }


def _session(session: Session) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(session)
    del shown["host"], shown["participant"]  # they are among the people
    return shown


async def _people(database: Database, session: Session) -> list[dict[str, Any]]:
    """Host, participant, then whoever else came, also those who were removed, in that order."""
    with reaching_storage():
        rows = (
            await database.collection(MEMBERS).find({"session": session.id}).sort("_id").to_list()
        )
    roles = {session.host: "host"}
    if session.participant:
        roles[session.participant] = "participant"
    for row in rows:
        roles.setdefault(row["user"], row["role"])
    joined = {row["user"]: row["createdAt"] for row in rows}
    known = await Users(database).get_many(roles)
    people = []
    for user_id, role in roles.items():
        user = known.get(user_id)
        shown = person(user, user_id, email=True)
        kind = user.kind if user else None
        people.append({**shown, "role": role, "kind": kind, "joinedAt": joined.get(user_id)})
    return people


async def _problem(
    database: Database, settings: Settings, session: Session
) -> dict[str, Any] | None:
    """The problem without its hidden tests; None when it is not there any more."""
    catalogue = Catalogue(load_problems(settings.problems_file), OwnProblems(database))
    problem = await catalogue.of_session(session)
    return problem.public() if problem else None


async def _runs(
    database: Database, settings: Settings, session: Session, *, nobody: bool
) -> list[dict[str, Any]]:
    """All runs; those that a crash interrupted as what they are, once nothing can be at them."""
    seconds = run_limits(settings).of_repl().wall_seconds + QUEUE_SECONDS
    longest = timedelta(seconds=seconds)
    since = now() if nobody or not session.active else now() - longest
    return [
        settled(run) if datetime.fromisoformat(run["createdAt"]) < since else public(run)
        for run in await Runs(database).of_session(session.id, limit=None)
    ]


async def _code(database: Database, session_id: str) -> dict[str, Any]:
    stored = await Documents(database).read(session_id)
    document = Document()
    try:
        for update in stored.updates:
            document.apply(update)
    except CrdtError as error:
        raise StartupError(f"The code of this session is damaged: {error}.") from error
    files = [file._asdict() for file in document.files()]
    return {"files": files, "active": document.active(), "edits": sum(stored.covers.values())}
