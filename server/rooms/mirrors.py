"""Runs that go on at other workers, as this one knows them from what it hears.

A *mirror* is a run and the pieces of its output that have arrived, by their number (``at``): what
the bus lost is a hole, and is filled by the next state that the run's worker tells. Runs that
are over stay known for a while, for what was read from the store may be older than what was heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from server.rooms.record import Run, gone, public

KEEP_SECONDS: Final = 30.0
"""How long a run that is over is known here: twice what the store takes to answer at most."""

Chunk = dict[str, str]
Tell = Callable[[str, dict[str, Any]], None]
"""Tells everybody in a room at this worker."""


@dataclass(slots=True)
class Mirror:
    """A run that goes on at the worker whose end of the bus is ``origin``."""

    origin: str
    run: Run
    """Without its output."""
    chunks: dict[int, Chunk] = field(default_factory=dict)
    asked: int = 0
    """How often that worker was asked to do something with it."""

    def shown(self) -> Run:
        """The run with what it printed up to the first hole."""
        output: list[Chunk] = []
        while (chunk := self.chunks.get(len(output))) is not None:
            output.append(chunk)
        return {**self.run, "output": output}

    def known(self) -> Run:
        """The run with all that is known of what it printed."""
        return {**self.run, "output": [self.chunks[at] for at in sorted(self.chunks)]}

    def beyond(self) -> Iterator[dict[str, Any]]:
        """Events of what it printed behind the first hole."""
        whole = len(self.shown()["output"])
        for at in sorted(self.chunks):
            if at > whole:
                yield printed(self.run, at, self.chunks[at])


def printed(run: Run, at: int, chunk: Chunk) -> dict[str, Any]:
    return {"type": "run.output", "id": run["_id"], **chunk, "at": at}


class Mirrors:
    """Those of all rooms of this worker."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._mirrors: dict[str, Mirror] = {}
        self._over: dict[str, Run] = {}

    # -- what is known ---------------------------------------------------------------------

    def going(self, session_id: str) -> Mirror | None:
        """The run of a session that goes on elsewhere."""
        return self._mirrors.get(session_id)

    def over(self, run_id: str) -> Run | None:
        """How a run ended, if that was not long ago."""
        return self._over.get(run_id)

    def over_in(self, session_id: str) -> list[Run]:
        """The runs of a session that ended not long ago."""
        return [run for run in self._over.values() if run["session"] == session_id]

    def keep(self, run: Run) -> None:
        """One that is over, wherever it was."""
        self._over[run["_id"]] = run
        asyncio.get_running_loop().call_later(KEEP_SECONDS, self._drop, run)

    def _drop(self, run: Run) -> None:
        if self._over.get(run["_id"]) is run:
            del self._over[run["_id"]]

    # -- what changes it -------------------------------------------------------------------

    def hear(self, session_id: str, origin: str, event: dict[str, Any]) -> None:
        """An event of a run elsewhere; the room tells it to the people here."""
        kind = event["type"]
        mirror = self._mirrors.get(session_id)
        if kind == "run.finished":
            self._end(session_id, event["run"])
        elif kind == "run.started":
            self._take(session_id, origin, event["run"])
        elif mirror is None or mirror.run["_id"] != event["id"]:
            return
        elif kind == "run.output":
            chunk = {"stream": event["stream"], "text": event["text"]}
            mirror.chunks.setdefault(event["at"], chunk)
        elif kind in ("run.waiting", "run.stage"):
            name = kind.removeprefix("run.").replace("waiting", "place")
            mirror.run[name] = event[name]

    def mend(self, session_id: str, origin: str, run: Run) -> Mirror:
        """The whole state of a run that goes on at ``origin``: tells the people here what of it
        they may have missed."""
        known = self._mirrors.get(session_id)
        before = known.run if known is not None and known.run["_id"] == run["_id"] else None
        had = set(known.chunks) if known is not None and before is not None else set()
        mirror = self._take(session_id, origin, run)
        if before is None or before["status"] != run["status"]:
            self._tell(session_id, {"type": "run.started", "run": mirror.shown()})
        elif before["place"] != run["place"] and run["place"] is not None:
            place = {"id": run["_id"], "place": run["place"]}
            self._tell(session_id, {"type": "run.waiting", **place})
        for at in sorted(mirror.chunks.keys() - had):
            self._tell(session_id, printed(run, at, mirror.chunks[at]))
        return mirror

    def adopt(self, origin: str, row: Run) -> None:
        """One that the store says goes on; all that is known of it is that."""
        if row["_id"] not in self._over and row["session"] not in self._mirrors:
            self._take(row["session"], origin, public(row))

    def finish(self, ended: Run) -> Run:
        """A run is over, as the store says: tells the people here, with what is known of its
        output where the store has none."""
        mirror = self._mirrors.get(ended["session"])
        if (known := self._over.get(ended["_id"])) is not None:
            return known
        if not ended["output"] and mirror is not None and mirror.run["_id"] == ended["_id"]:
            ended = {**ended, "output": gone(mirror.known())["output"]}
        self._end(ended["session"], ended)
        self._tell(ended["session"], {"type": "run.finished", "run": ended})
        return ended

    def forget(self, session_id: str) -> None:
        """A room that was put away hears no more of its run."""
        self._mirrors.pop(session_id, None)

    def _take(self, session_id: str, origin: str, run: Run) -> Mirror:
        mirror = self._mirrors.get(session_id)
        bare = {**run, "output": []}
        self._over.pop(run["_id"], None)  # it was taken for lost
        if mirror is None or mirror.run["_id"] != run["_id"]:
            mirror = self._mirrors[session_id] = Mirror(origin, bare)
        mirror.origin, mirror.run = origin, bare
        _fill(mirror.chunks, run["output"])
        return mirror

    def _end(self, session_id: str, run: Run) -> None:
        mirror = self._mirrors.get(session_id)
        if mirror is not None and mirror.run["_id"] == run["_id"]:
            del self._mirrors[session_id]
        self.keep(run)


def _fill(chunks: dict[int, Chunk], output: Iterable[Chunk]) -> None:
    for at, chunk in enumerate(output):
        chunks.setdefault(at, chunk)
