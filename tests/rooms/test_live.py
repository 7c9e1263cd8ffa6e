"""Who is told when that something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.bus.memory import MemoryBus, MemoryExchange
from server.errors import TooManyListeners
from server.rooms.live import LISTENERS_PER_PERSON, Live


@pytest.fixture
async def workers() -> AsyncIterator[tuple[Live, Live]]:
    exchange = MemoryExchange()
    one, two = (Live(MemoryBus(exchange)) for _ in range(2))
    for each in (one, two):
        await each.start()
    yield one, two
    for each in (one, two):
        await each.close()


@pytest.fixture
def live(workers: tuple[Live, Live]) -> Live:
    return workers[0]


async def test_changes_are_gathered_and_told_once(live: Live) -> None:
    listener = live.join("ada")
    for _ in range(100):
        live.changed("stats")
        live.changed("sessions")
    assert await listener.next() == ["sessions", "stats"]
    live.changed("stats")
    assert await listener.next() == ["stats"]


async def test_everybody_is_told_or_only_those_it_concerns(live: Live) -> None:
    ada, bob = live.join("ada"), live.join("bob")
    live.changed("stats", {"ada", "nobody"})
    live.changed("sessions")
    assert await ada.next() == ["sessions", "stats"]
    assert await bob.next() == ["sessions"]


async def test_pages_of_other_workers_are_told_too(workers: tuple[Live, Live]) -> None:
    one, two = workers
    listeners = [one.join("ada"), two.join("ada"), two.join("bob")]
    one.changed("stats", {"ada"})
    two.changed("sessions")
    told = await asyncio.gather(*(listener.next() for listener in listeners))
    assert told == [["sessions", "stats"], ["sessions", "stats"], ["sessions"]]


async def test_one_who_does_not_read_is_told_everything_at_once_later(live: Live) -> None:
    slow, quick = live.join("slow"), live.join("quick")
    for what in ("sessions", "stats", "sessions"):
        live.changed(what)
        await quick.next()
    assert await slow.next() == ["sessions", "stats"]


async def test_a_person_has_so_many_pages_at_most_and_leaving_makes_room(live: Live) -> None:
    listeners = [live.join("ada") for _ in range(LISTENERS_PER_PERSON)]
    with pytest.raises(TooManyListeners):
        live.join("ada")
    live.leave(listeners.pop())
    listeners.append(live.join("ada"))
    live.changed("stats", {"ada"})
    for listener in listeners:
        assert await listener.next() == ["stats"]
        live.leave(listener)
    live.changed("stats", {"ada"})
