"""What Prometheus may know: figures of one server, in a registry of its own.

What happens rarely is counted as it happens; how things stand (rooms, connections, what waits to
be saved) is read when somebody asks, so that it costs nothing in between.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from crdt.replica import Role
from server import VERSION
from server.rooms.hub import Hub
from server.rooms.record import Run
from server.rooms.runs import RunDesk
from server.store.journal import Journal

LAG_SECONDS: Final = 0.25
"""How often it is looked how late the event loop is."""

# Upper bounds of buckets, in seconds.
MESSAGE_BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
LAG_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
COMMIT_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)
REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
RUN_BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60)

Labels = tuple[str, ...]


class Metrics:
    """All figures of one server."""

    def __init__(self, hub: Hub, journal: Journal, desk: RunDesk) -> None:
        registry = self._registry = CollectorRegistry()
        Info("interview_build", "What runs.", registry=registry).info({"version": VERSION})
        self.requests = Counter(
            "interview_http_requests",
            "HTTP requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.request_seconds = _seconds(
            registry, "http_request", "From a request's head to its whole answer.", REQUEST_BUCKETS,
            "method", "route",
        )  # fmt: skip
        self._runs = Counter(
            "interview_runs", "Runs that ended.", ["language", "verdict"], registry=registry
        )
        self._run_seconds = _seconds(
            registry, "run", "From a run's start to its end.", RUN_BUCKETS, "language"
        )
        self._lag = _seconds(registry, "event_loop_lag", "How late the event loop is.", LAG_BUCKETS)
        message = _seconds(
            registry,
            "message",
            "From a room's message to the bytes that follow from it; one in 64 is timed.",
            MESSAGE_BUCKETS,
        )
        commit = _seconds(registry, "journal_commit", "Group commits of edits.", COMMIT_BUCKETS)
        hub.pulse.on_timed = message.observe
        journal.on_commit = commit.observe
        desk.on_finished.append(self._run_finished)
        registry.register(Standing(hub, journal, desk))
        ProcessCollector(registry=registry)
        self._registry_told = registry
        self._gather: Callable[[], Awaitable[bytes]] | None = None
        self._ticking: asyncio.Task[None] | None = None

    def watch(self, read: Callable[[], Iterable[Metric]]) -> None:
        """Ask `read` too, whenever somebody asks for the figures: for parts that keep their own,
        such as background work. `family` makes what it gives."""
        self._registry.register(_Read(read))

    def share(self, worker: int, gather: Callable[[], Awaitable[bytes]]) -> None:
        """One of several workers: every figure says whose it is, and `gather` reads those of all
        of them."""
        outer = CollectorRegistry()
        outer.register(_Labelled(self._registry, str(worker)))
        self._registry_told, self._gather = outer, gather

    def text(self) -> bytes:
        """This process' figures in Prometheus' text format."""
        return generate_latest(self._registry_told)

    async def of_all(self) -> bytes:
        """The figures of all workers that share the rooms with this one."""
        return self.text() if self._gather is None else await self._gather()

    def start(self) -> None:
        """Begin to look how late the event loop is."""
        self._ticking = asyncio.create_task(self._tick_forever(), name="metrics-lag")

    def stop(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()

    async def _tick_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    def _run_finished(self, run: Run) -> None:
        self._runs.labels(run["language"], str(run["verdict"])).inc()
        if run["startedAt"] is not None and not run["repl"]:  # that one is as long as people talk
            began, ended = (datetime.fromisoformat(run[at]) for at in ("startedAt", "finishedAt"))
            self._run_seconds.labels(run["language"]).observe((ended - began).total_seconds())


class Standing(Collector):
    """How rooms and journal stand at the moment somebody asks."""

    def __init__(self, hub: Hub, journal: Journal, desk: RunDesk) -> None:
        self._hub, self._journal, self._desk = hub, journal, desk

    def collect(self) -> Iterator[Metric]:
        hub, journal, lag = self._hub, self._journal, self._journal.lag
        yield gauge("rooms", "Rooms in memory.", len(hub.rooms))
        yield family("connections", "People's connections.", ("role",), self._connections())
        yield total("messages", "Messages that rooms took.", hub.pulse.messages)
        yield total("updates", "Edits that rooms took.", journal.written + lag.edits)
        yield family(
            "websocket_closes",
            "Connections that ended, by the code we closed them with.",
            ("code",),
            {(str(int(code)) if code else "client",): n for code, n in hub.pulse.closes.items()},
            counts=True,
        )
        yield gauge("journal_pending_edits", "Edits that are not durable yet.", lag.edits)
        yield gauge("journal_pending_bytes", "Memory that those take.", lag.bytes)
        yield gauge("journal_oldest_pending_seconds", "Age of the oldest of them.", lag.seconds)
        yield gauge("journal_degraded", "1 while edits cannot be saved.", bool(journal.trouble))
        yield total("chat_messages", "Chat messages that were stored.", hub.pulse.said)
        calls = [room.call for room in hub.rooms.values()]
        yield gauge("call_pages", "Pages in calls.", sum(call.pages for call in calls))
        recorded = sum(call.recording.state == "on" for call in calls)
        yield gauge("calls_recorded", "Calls that all agreed to have recorded.", recorded)
        yield gauge("runs_going", "Runs that are queued or running.", self._desk.going)

    def _connections(self) -> Mapping[Labels, float]:
        roles = Count(peer.role for room in self._hub.rooms.values() for peer in room.connections)
        return {(role.value,): roles[role] for role in Role}


class _Labelled(Collector):
    """What a registry has, with the number of the worker whose it is."""

    def __init__(self, registry: CollectorRegistry, worker: str) -> None:
        self._registry, self._worker = registry, worker

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [
                sample._replace(labels={"worker": self._worker, **sample.labels})
                for sample in metric.samples
            ]
            yield metric


class _Read(Collector):
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()


def gauge(name: str, help: str, value: float) -> Metric:
    """One figure that goes up and down."""
    return GaugeMetricFamily(f"interview_{name}", help, value=value)


def total(name: str, help: str, value: float) -> Metric:
    """One figure that only grows; `_total` is added to its name."""
    return CounterMetricFamily(f"interview_{name}", help, value=value)


def family(
    name: str,
    help: str,
    labels: Labels,
    values: Mapping[Labels, float],
    *,
    counts: bool = False,
) -> Metric:
    """A figure for each set of labels; `counts`: they only grow."""
    kind = CounterMetricFamily if counts else GaugeMetricFamily
    made = kind(f"interview_{name}", help, labels=labels)
    for labelled, value in values.items():
        made.add_metric(labelled, value)
    return made


def _seconds(
    registry: CollectorRegistry, name: str, help: str, buckets: tuple[float, ...], *labels: str
) -> Histogram:
    return Histogram(f"interview_{name}_seconds", help, labels, buckets=buckets, registry=registry)
