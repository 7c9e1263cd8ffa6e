"""A run as it is stored and told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from crdt.document import File
from server.auth.principal import Principal
from server.store.database import new_id
from server.store.runs import ACTIVE

Run = dict[str, Any]

_NEW: Final = {"place": None, "stage": None, "terminal": False, "repl": False}
"""What runs lack that were stored before there was such a thing."""

GONE: Final = "The server that ran it went away. Run it again."

HELLO_BYTES: Final = 320 * 1024
"""Bytes of JSON that the runs which are over may take in a ``hello``: one that printed the most
of the default, as lines of text, fits. All that could be listed may be more than ever waits for
anybody (``UNSENT_BYTES``), who would then be closed again and again."""


def new_run(session_id: str, by: Principal, file: File, *, repl: bool = False) -> Run:
    """One that is queued; ``file`` is what it runs, of which a REPL has the language alone."""
    return {
        "_id": new_id(),
        "session": session_id,
        "by": {"_id": by.user_id, "name": by.name},
        "language": file.language,
        "path": file.path,
        "status": "queued",
        "place": None,
        "stage": None,
        "terminal": False,
        "repl": repl,
        "verdict": None,
        "exitCode": None,
        "signal": None,
        "output": [],
        "truncated": False,
        "message": "",
        "matchesExpected": None,
        "cases": None,
        "wallMs": None,
        "cpuMs": None,
        "memoryBytes": None,
        "createdAt": now(),
        "startedAt": None,
        "finishedAt": None,
    }


def public(run: Run) -> Run:
    """A stored run as it is shown: whole, and without who has it."""
    run = {**_NEW, **run}
    run.pop(ACTIVE, None)
    return run


def settled(run: Run) -> Run:
    """A stored run; one that a crash interrupted is shown as what it is."""
    run = public(run)
    if run["status"] != "finished":
        return {**run, "status": "finished", "verdict": "failed", "finishedAt": run["createdAt"]}
    return run


def gone(run: Run) -> Run:
    """How a run ends whose worker is gone, with what is known of its output."""
    ended = {"status": "finished", "place": None, "verdict": "failed", "finishedAt": now()}
    return {**public(run), **ended, "message": GONE, "output": joined(run["output"])}


def for_arrival(runs: Sequence[Run]) -> list[Run]:
    """Runs (oldest first) as somebody is told of them who comes: the newest whole as long as they
    fit into ``HELLO_BYTES``, the older ones without what they printed, as ``truncated``.

    One that is going on keeps its output, for what it prints next is counted from there.
    """
    left = HELLO_BYTES
    told = []
    for run in reversed(runs):
        if run["status"] == "finished":
            if left >= 0:
                left -= len(msgspec.json.encode(run))
            if left < 0:
                run = {**run, "output": [], "cases": None, "truncated": True}
        told.append(run)
    return told[::-1]


def joined(output: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same output in as few pieces as can be: a terminal makes one of every key."""
    pieces = []
    for stream, following in groupby(output, itemgetter("stream")):
        pieces.append({"stream": stream, "text": "".join(each["text"] for each in following)})
    return pieces


def copied(run: Run) -> Run:
    return {**run, "output": list(run["output"])}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
