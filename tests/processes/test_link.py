"""What supervisor and worker tell each other, also when one of them is gone or newer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from server.backends import Part
from server.processes.link import (
    LENGTH_BYTES,
    MOST_BYTES,
    Ask,
    Figures,
    Link,
    Listening,
    Message,
    Welcome,
)
from server.processes.worker import _own
from server.settings import Settings

Ends = tuple[Link, Link, socket.socket]


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """Two links, and the socket below the first."""
    one, two = socket.socketpair()
    links = await Link.over(one), await Link.over(two)
    yield *links, one
    for link in links:
        await link.close()


async def test_messages_arrive_whole_and_in_order(ends: Ends) -> None:
    one, two, _ = ends
    sent: list[Message] = [
        Welcome(1, 2, "mongodb://x"),
        Listening([Part("bus", True, "x" * 500_000, "Y")]),
    ]
    for message in sent:
        one.send(message)
    assert [await two.receive() for _ in sent] == sent


async def test_an_answer_goes_to_who_asked(ends: Ends) -> None:
    one, two, _ = ends

    async def answer() -> None:
        asks = [await two.receive(), await two.receive()]
        for ask in reversed(asks):
            assert isinstance(ask, Ask)
            two.send(Figures(ask.id, str(ask.id).encode()))

    answering = asyncio.create_task(answer())
    receiving = asyncio.create_task(one.receive())
    assert [*await asyncio.gather(one.ask(30), one.ask(30))] == [b"1", b"2"]
    await answering
    two.send(Figures(1, b"too late"))
    two.send(Ask(7))
    assert await receiving == Ask(7)


async def test_who_does_not_answer_is_not_waited_for(ends: Ends) -> None:
    assert await ends[0].ask(0.01) is None


async def test_the_end_of_one_is_known_to_the_other(ends: Ends) -> None:
    one, two, _ = ends
    await one.close()
    assert await two.receive() is None
    two.send(Ask(1))  # to nobody, which is no error


async def test_what_another_version_says_is_passed_over(ends: Ends) -> None:
    one, two, below = ends
    unknown = b"\x81\xa4type\xa5Other"
    below.send(len(unknown).to_bytes(LENGTH_BYTES, "big") + unknown)
    one.send(Ask(1))
    assert await two.receive() == Ask(1)


async def test_what_cannot_be_a_message_ends_it(ends: Ends) -> None:
    _, two, below = ends
    below.send((MOST_BYTES + 1).to_bytes(LENGTH_BYTES, "big"))
    assert await two.receive() is None


@pytest.mark.parametrize(("all_", "count", "shares"), [(4, 2, [2, 2]), (5, 3, [2, 2, 1])])
def test_runs_at_once_are_shared_out(all_: int, count: int, shares: list[int]) -> None:
    settings = Settings(runs_at_once=all_)
    workers = [Welcome(number, count, "") for number in range(1, count + 1)]
    assert [_own(settings, worker).runs_at_once for worker in workers] == shares


def test_each_worker_may_run_something() -> None:
    assert _own(Settings(runs_at_once=1), Welcome(3, 3, "")).runs_at_once == 1
