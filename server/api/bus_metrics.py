"""Figures of the bus between workers for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import Metric

from server.api.metrics import gauge, total


class BusFigures(Protocol):
    """What a worker's end has counted (``server.bus.base.Figures``)."""

    published: int
    received: int
    dropped: int
    gaps: int
    reconnects: int


class Carrier(Protocol):
    """What is told of it (``server.bus.base.Bus``)."""

    @property
    def figures(self) -> BusFigures: ...

    @property
    def trouble(self) -> str | None: ...

    def silence(self) -> float: ...


def bus_metrics(bus: Carrier) -> Iterator[Metric]:
    """The figures of this worker's end."""
    figures = bus.figures
    yield total("bus_published", "Messages for other workers.", figures.published)
    yield total("bus_received", "Messages of other workers.", figures.received)
    yield total("bus_dropped", "Messages that could not wait for Redis.", figures.dropped)
    yield total("bus_gaps", "Times that messages of a worker may have been lost.", figures.gaps)
    yield total("bus_reconnects", "Times that Redis was lost and is back.", figures.reconnects)
    yield gauge("bus_degraded", "1 while nothing is carried between workers.", bool(bus.trouble))
    yield gauge("bus_silent_seconds", "Time since Redis last gave a sign of life.", bus.silence())
