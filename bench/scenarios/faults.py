"""Stock clients that type at several workers while parts of the whole die or hang."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Cases, Figures
from bench.machine import CORES, pin_generator
from bench.targets import Ours, Target
from tests.helpers.fleet import FAULTS, Fleet, Rooms
from tests.helpers.stock import StockClients, trace

SECONDS, QUICK_SECONDS = 10.0, 2.0
"""How long something is away, or hangs."""

BEFORE_SECONDS, AFTER_SECONDS = 4.0, 4.0
"""How long people type before that, and after it."""

GIVEN_UP_MS = 60_000.0
"""What the clients wait at most for what was typed to be everywhere."""

ROOMS = 3
PER_SECOND = 10.0
"""Edits of each who types."""


def faults(target: Target, quick: bool) -> Cases:
    """Ours alone: y-websocket clients type a real trace in rooms of four spread over two and over
    three workers, and alone, while one worker or Redis is killed (-9) or stopped for 10 s, and
    while all workers are restarted in turn; at the end what a new worker reads, what an export
    says and what every client has are held against what was typed and what was called saved."""
    path = trace("sveltecomponent")
    if not isinstance(target, Ours) or target.name != "ours":
        return {}
    if not path.exists():
        raise SystemExit(f"bench: faults type {path.name}; say where it is with TRACES")
    os.sched_setaffinity(0, CORES)  # what is started inherits it: here nothing is timed closely
    try:
        return {
            f"{workers} workers, {name}": _broken(name, workers, path, quick)
            for workers in ((2,) if quick else (2, 3))
            for name in FAULTS
        }
    finally:
        pin_generator()


def _broken(name: str, workers: int, path: Path, quick: bool) -> Figures:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    fleet = Fleet(folder, workers)
    try:
        fleet.start()
        rooms = Rooms(ROOMS, PER_SECOND)
        rooms.make(fleet.servers)
        with fleet.clients(rooms, path) as clients:
            clients.until("ready")
            times = _times(fleet, clients, name, quick)
        verdict = fleet.judge(rooms, path)
    finally:
        fleet.close()
    for why in verdict.apart:
        print(f"    {workers} workers, {name}: {why}", flush=True)
    if verdict.clean:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"    what is left of it: {folder}", flush=True)
    return {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "apart": len(verdict.apart),
        "tried": verdict.tried,
        "told saved": verdict.saved,
        "cut off": verdict.closes.total(),
        **times,
    }


def _times(fleet: Fleet, clients: StockClients, name: str, quick: bool) -> Figures:
    """Let it happen. How long what was typed until it happened, and until it was over, took to be
    with everybody and saved; and how long all took once nobody typed any more."""
    time.sleep(BEFORE_SECONDS)
    clients.send(probe="began")
    reloaded = False

    def hold() -> None:
        nonlocal reloaded
        if not reloaded:
            clients.send(reload=True)  # whoever forgets does so in the middle of it
            reloaded = True
        time.sleep(QUICK_SECONDS if quick else SECONDS)

    FAULTS[name](fleet, hold)
    clients.send(probe="over")
    time.sleep(AFTER_SECONDS)
    clients.send(stop=True)
    took: dict[str, Any] = {}
    for said in clients.says():
        if "probe" in said:
            took[said["probe"]] = said["ms"]
        elif "converged" in said:
            took["last"] = said["ms"]
            for why in said.get("apart", ()):
                print(f"    {name}: {why}", flush=True)
            break
    try:
        fleet.settle(clients)
    except AssertionError as error:  # the verdict tells where they differ
        print(f"    {name}: {error}", flush=True)
    return {
        "from its begin ms": took.get("began") or GIVEN_UP_MS,
        "from its end ms": took.get("over") or GIVEN_UP_MS,
        "from the last key ms": took["last"],
    }
