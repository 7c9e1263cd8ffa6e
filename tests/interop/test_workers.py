"""Stock clients at several workers, of which something dies or hangs: nothing saved is lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.fleet import FAULTS, Fleet, Rooms
from tests.helpers.stock import StockClients
from tests.interop.test_stock_clients import read_trace

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

EDITS = 200
"""Typed, by all together, before something happens, while it lasts, and after it."""

Made = Callable[[int], Fleet]


@pytest.fixture
def make_fleet(tmp_path: Path) -> Iterator[Made]:
    made: list[Fleet] = []

    def make(workers: int) -> Fleet:
        made.append(Fleet(tmp_path, workers))
        return made[-1].start()

    yield make
    for fleet in made:
        fleet.close()


def typed(clients: StockClients, edits: int = EDITS) -> None:
    """Returns when all together have typed so many more."""
    first = clients.until("typed")["typed"]
    while clients.until("typed")["typed"] < first + edits:
        pass


def break_it(fleet: Fleet, clients: StockClients, name: str) -> None:
    """Let a fault happen while they type; in the middle of it whoever forgets begins anew."""
    times = itertools.count()

    def hold() -> None:
        if next(times) == 0:
            clients.send(reload=True)
        typed(clients)

    typed(clients)
    FAULTS[name](fleet, hold)
    typed(clients)


@pytest.mark.parametrize(
    ("workers", "name"),
    [
        (2, "kill -9 of Redis, then of a worker"),
        (2, "SIGSTOP of Redis"),
        (3, "SIGSTOP of a worker"),
        (3, "rolling restart"),
    ],  # each with two and with three workers, for longer: `make bench ARGS=faults`
)
def test_all_agree_and_nothing_saved_is_lost_or_doubled(
    make_fleet: Made, workers: int, name: str
) -> None:
    path, _ = read_trace("sveltecomponent")
    fleet = make_fleet(workers)
    rooms = Rooms(shared=2, per_second=20.0)
    rooms.make(fleet.servers)
    with fleet.clients(rooms, path) as clients:
        clients.until("ready")
        break_it(fleet, clients, name)
        clients.send(stop=True)
        converged = clients.until("converged")
        assert converged["converged"], converged["apart"]
        fleet.settle(clients)
    verdict = fleet.judge(rooms, path)
    assert verdict.tried > 3 * EDITS
    assert verdict.saved > 2 * EDITS
    assert (verdict.lost, verdict.doubled, verdict.apart) == (0, 0, [])
