"""Runs of a room's code: started by one, seen by all, stored for those who come later.

A room has one run at a time, wherever it was started: its *claim* is in the store. The worker at
which it was started carries it out; the others follow it by the bus (``mirrors``) and hand on
what their people do with it (``controls``). Who carries it out keeps the room open till the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from crdt.replica import Peer
from server.errors import RunBusy, RunnerOff
from server.judging import Judge
from server.rooms import between, controls, orders
from server.rooms.claims import Claims
from server.rooms.controls import Controls
from server.rooms.hub import Hub
from server.rooms.live import Live
from server.rooms.mirrors import Mirrors
from server.rooms.orders import Order
from server.rooms.record import Run, copied, joined, new_run, now, public, settled
from server.rooms.room import Room
from server.runner import base
from server.runner.base import Finished, Limits, Output, Runner, Stage, Started, Waiting
from server.store.progress import Progress
from server.store.runs import Runs, claim_of
from server.store.workers import Workers

log = structlog.stdlib.get_logger(__name__)

LISTED: Final = 20
"""Runs that somebody who comes late is told of."""

SETTLED: Final = "run.settled"
"""Tells the other workers of a run whose worker is gone, and how it ended."""


@dataclass(slots=True)
class _Live:
    """A run that goes on here."""

    run: Run
    execution: base.Run
    order: Order
    expected: str | None
    judge: Judge | None
    controls: Controls = field(init=False)

    def __post_init__(self) -> None:
        self.controls = Controls(self.execution, keep=self.expected is not None)


class RunDesk:
    """Starts, follows and stops the runs of all rooms of this worker, and knows those of others."""

    def __init__(
        self,
        *,
        hub: Hub,
        runs: Runs,
        workers: Workers,
        progress: Progress,
        runner: Runner,
        live: Live,
        limits: Limits | None = None,
    ) -> None:
        """``limits``: of judged runs; those of problems come first."""
        self._limits = limits or Limits()
        self._hub = hub
        self._told = live
        self._runs = runs
        self._workers = workers
        self._progress = progress
        self._runner = runner
        self._live: dict[str, _Live] = {}
        """By session."""
        self._starting: set[str] = set()
        self._mirrors = Mirrors(self._tell_here)
        self._claims = Claims(
            runs,
            workers,
            hub.bus.name,
            ours=self._ours,
            on_saved=self._stats_changed,
            on_settled=self._settled,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_finished: list[Callable[[Run], None]] = []
        """Who hears of every run that has ended here, or was settled here, as it is then."""

    async def open(self) -> None:
        """Begin to hear of runs elsewhere, and end what a predecessor of this worker left.

        To be awaited before the first room opens. Raises ``StorageUnavailable``.
        """
        self._hub.on_heard = self.on_heard
        self._hub.shared["runs"] = self
        self._hub.on_put_away.append(self._mirrors.forget)
        self._workers.on_put_out.append(self._claims.settle_left_by)
        await self._claims.settle_left_by(self._workers.name)

    def available(self) -> dict[str, Any]:
        """What can be run: ``{available, reason, languages: [{language, path, label}]}``."""
        return orders.offered(self._runner)

    @property
    def going(self) -> int:
        """Runs that are queued or running here."""
        return len(self._live)

    async def start(self, session_id: str, order: Order) -> Run:
        """Run the room's code.

        Raises ``RunnerOff``, ``RunBusy``, ``InvalidBody`` for a language that cannot be run or
        has no tests, or ``StorageUnavailable``.
        """
        if self._runner.reason is not None:
            raise RunnerOff(self._runner.reason)
        if session_id in self._live or session_id in self._starting:
            raise RunBusy
        self._starting.add(session_id)
        self._hub.hold(session_id)
        try:
            live = await self._begin(session_id, order)
            self._live[session_id] = live
        except BaseException:
            self._hub.let_go(session_id)
            raise
        finally:
            self._starting.discard(session_id)
        self._hub.notify(session_id, {"type": "run.started", "run": copied(live.run)})
        self._spawn(self._follow(live))
        return copied(live.run)

    async def _begin(self, session_id: str, order: Order) -> _Live:
        room = await self._hub.open(session_id)
        file = orders.chosen(room, order, self._runner.languages())
        judge = orders.judge_of(order, file, self._limits)
        job = orders.job_of(room, file, order, judge, self._limits)
        run = new_run(session_id, order.by, file, repl=job.repl)
        await self._claims.take(run)
        try:
            execution = self._runner.start(job)
        except BaseException:
            self._claims.drop(run)
            raise
        return _Live(run, execution, order, orders.expected_of(order, file.language), judge)

    # -- what there is ---------------------------------------------------------------------

    async def list(self, session_id: str) -> Sequence[Run]:
        """The newest runs of a session, oldest first, the one going on included."""
        return self.current(session_id, await self.stored(session_id))

    async def stored(self, session_id: str) -> Sequence[Run]:
        """The newest runs of a session as stored, oldest first. Raises ``StorageUnavailable``."""
        rows = await self._runs.of_session(session_id, LISTED)
        for row in rows:
            await self._compare(row)
        return rows

    async def _compare(self, row: Run) -> None:
        """What the store has may be news: of a run elsewhere, of its end, of its worker's."""
        mirror = self._mirrors.going(row["session"])
        if (claim := claim_of(row)) is None:
            if mirror is not None and mirror.run["_id"] == row["_id"]:
                self._mirrors.finish(settled(row))
        elif self._ours(row) or claim.end == self._hub.bus.name:
            return
        elif not await self._claims.settle_if_left(row):
            self._mirrors.adopt(claim.end, row)

    def current(self, session_id: str, stored: Sequence[Run]) -> Sequence[Run]:
        """Those runs as they are at this moment, with the one going on."""
        going = self._going(session_id)
        newest = [*self._mirrors.over_in(session_id), *([going] if going else [])]
        known = {run["_id"]: run for run in newest}
        runs = [known.pop(run["_id"], _as_stored(run)) for run in stored]
        last = runs[-1]["createdAt"] if runs else ""
        return [*runs, *(run for run in known.values() if run["createdAt"] >= last)]

    def rest(self, session_id: str) -> Sequence[dict[str, Any]]:
        """Events of what a run elsewhere printed behind what the bus has lost, which ``current``
        leaves out: for somebody who was just told of that."""
        mirror = self._mirrors.going(session_id)
        return list(mirror.beyond()) if mirror is not None else []

    def _going(self, session_id: str) -> Run | None:
        if (live := self._live.get(session_id)) is not None:
            return copied(live.run)
        mirror = self._mirrors.going(session_id)
        return mirror.shown() if mirror is not None else None

    def _ours(self, run: Run) -> bool:
        """Whether it goes on here, or is about to."""
        live = self._live.get(run["session"])
        if live is not None and live.run["_id"] == run["_id"]:
            return True
        return run["session"] in self._starting or self._mirrors.over(run["_id"]) is not None

    # -- other workers ---------------------------------------------------------------------

    def told(self, session_id: str) -> dict[str, Any] | None:
        """What another worker needs of the run that goes on here, for its ``heard``; None, which
        it needs too, without one."""
        live = self._live.get(session_id)
        return {"run": copied(live.run)} if live is not None else None

    def heard(self, session_id: str, origin: str, state: dict[str, Any] | None) -> None:
        """What ``told`` gave at the worker with that end of the bus. Mends what was lost, and
        tells people here of it."""
        before = self._mirrors.going(session_id)
        if state is not None and session_id not in self._live:
            self._mirrors.mend(session_id, origin, state["run"])
        if before is None:
            return
        if state is not None:
            self._look_for_end(before.run["_id"], session_id)
        elif before.origin == origin:
            self._spawn(self._look(before.run["_id"]))

    def lost(self, session_id: str, origin: str, *, gone: bool) -> None:
        """One that has put the room away goes on with its run, and so does one that is only not
        heard; the run of one that is gone for good ends when that is certain (``Claims``), and the
        next may begin."""

    def _look_for_end(self, run_id: str, session_id: str) -> None:
        """A run elsewhere that is not known to go on any more: its end was lost on the way."""
        going = self._mirrors.going(session_id)
        if self._mirrors.over(run_id) is None and (going is None or going.run["_id"] != run_id):
            self._spawn(self._look(run_id))

    async def _look(self, run_id: str) -> None:
        row = await self._runs.one(run_id)
        if row is not None and claim_of(row) is None and self._mirrors.over(run_id) is None:
            self._mirrors.finish(settled(row))

    def _settled(self, ended: Run) -> None:
        """This worker has ended a run for one that is gone: everybody hears of it."""
        event = {"type": SETTLED, "run": ended}
        self._hub.bus.publish(ended["session"], between.event(event))
        shown = self._show_settled(ended)
        for hear in self.on_finished:
            hear(shown)
        self._stats_changed(ended)

    def _show_settled(self, ended: Run) -> Run:
        shown = self._mirrors.finish(ended)
        if shown["output"] and not ended["output"]:
            self._spawn(self._runs.keep_output(ended["_id"], shown["output"]))
        return shown

    def on_heard(self, room: Room, origin: str, event: dict[str, Any]) -> bool:
        """An event of the bus: whether it is for this worker and not for people."""
        kind: str = event["type"]
        if not kind.startswith("run.") or origin == self._hub.bus.name:
            return False
        session_id = room.session_id
        live = self._live.get(session_id)
        if kind == controls.ASKED:
            ours = live is not None and live.run["_id"] == event["id"]
            refusal = live.controls.do_for(origin, event) if live and ours else controls.GONE
            if refusal is not None:
                controls.answer(self._hub.bus, session_id, origin, event, refusal)
        elif kind == controls.REFUSED:
            controls.pass_back(room, event)
        elif kind == SETTLED:
            self._show_settled(event["run"])
        else:
            before = self._mirrors.going(session_id)
            if live is None:
                self._mirrors.hear(session_id, origin, event)
            if before is not None:
                self._look_for_end(before.run["_id"], session_id)
            return False
        return True

    # -- what people do --------------------------------------------------------------------

    def on_event(self, room: Room, peer: Peer, payload: dict[str, Any]) -> None:
        """Do what a client's ``run.stop`` or ``run.stdin`` asks, here or at the worker that has
        the run; refuse everything else."""
        refusal = controls.unfit(peer, payload) or self._do(room, peer, payload)
        if refusal is not None:
            controls.refuse(room, peer, refusal)

    def _do(self, room: Room, peer: Peer, payload: dict[str, Any]) -> controls.Refusal | None:
        bus, session_id = self._hub.bus, room.session_id
        live = self._live.get(session_id)
        if live is not None and live.run["_id"] == payload.get("id"):
            return live.controls.do(payload)
        mirror = self._mirrors.going(session_id)
        if mirror is None or mirror.run["_id"] != payload.get("id"):
            return controls.GONE
        if bus.trouble is not None:
            return controls.UNREACHABLE
        controls.ask(bus, session_id, mirror, peer, payload)
        return None

    async def close(self) -> None:
        """Stop everything that runs and wait until it has ended and is stored."""
        await self._runner.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._claims.close()

    # -- one run ---------------------------------------------------------------------------

    async def _follow(self, live: _Live) -> None:
        run = live.run
        session_id: str = run["session"]
        outcome: Run = {"verdict": "failed"}
        try:
            async for event in live.execution.events():
                match event:
                    case Waiting(place):
                        run["place"] = place
                        self._tell(run, "run.waiting", place=place)
                    case Started(terminal):
                        run.update(status="running", startedAt=now(), place=None)
                        run["terminal"] = terminal
                        self._hub.notify(session_id, {"type": "run.started", "run": copied(run)})
                    case Stage(name):
                        run["stage"] = name
                        self._tell(run, "run.stage", stage=name)
                    case Output():
                        for shown in live.judge.feed(event) if live.judge else (event,):
                            self._output(run, shown.stream, shown.text)
                    case Finished():
                        for shown in live.judge.end() if live.judge else ():
                            self._output(run, shown.stream, shown.text)
                        typed = live.controls.typed
                        outcome = orders.outcome_of(run, event, live.judge, live.expected, typed)
        finally:
            try:
                await orders.note(self._progress, live.order, run, outcome)
            finally:
                await self._end(live, outcome)

    async def _end(self, live: _Live, outcome: Run) -> None:
        """Store the end first: who sees it may start the next run at once, at any worker."""
        over: Run = {"status": "finished", "place": None, "finishedAt": now()}
        ended = {**live.run, **outcome, **over, "output": joined(live.run["output"])}
        session_id = ended["session"]
        try:
            await self._claims.end(ended)
        finally:
            self._mirrors.keep(ended)
            del self._live[session_id]
            self._hub.let_go(session_id)
            for hear in self.on_finished:
                hear(ended)
            self._hub.notify(session_id, {"type": "run.finished", "run": copied(ended)})

    def _output(self, run: Run, stream: str, text: str) -> None:
        at = len(run["output"])
        run["output"].append({"stream": stream, "text": text})
        self._tell(run, "run.output", stream=stream, text=text, at=at)

    def _tell(self, run: Run, kind: str, **values: object) -> None:
        self._hub.notify(run["session"], {"type": kind, "id": run["_id"], **values})

    def _tell_here(self, session_id: str, event: dict[str, Any]) -> None:
        if (room := self._hub.rooms.get(session_id)) is not None:
            room.event(event)

    def _stats_changed(self, run: Run) -> None:
        self._told.changed("stats", {run["by"]["_id"]})

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("something about a run failed", error=repr(error))


def _as_stored(run: Run) -> Run:
    """One that nothing is known of but what is stored: with a claim it goes on somewhere."""
    return settled(run) if claim_of(run) is None else public(run)
