"""What every queue before a runner must do; the tests of each subclass it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from server.errors import RunnerOff
from server.runner.base import (
    STDIN_BYTES,
    Event,
    Finished,
    Output,
    Run,
    Runner,
    Started,
    UnknownLanguage,
    Waiting,
)
from server.runner.off import NoRunner
from server.runner.queue import Queued
from server.runner.sandbox import Sandbox
from tests.runner.programs import gather, job, result, until_printed

ENDLESS = "import time\nprint('on'); time.sleep(600)"

MakeQueue = Callable[[Runner, int], Awaitable[Queued]]
Busy = tuple[Queued, Run]


async def until(events: AsyncIterator[Event], wanted: Event) -> None:
    async for event in events:
        if event == wanted:
            return
        assert not isinstance(event, Finished)


def told(events: list[Event]) -> list[object]:
    """Places, and what printed."""
    return [
        event.place if isinstance(event, Waiting) else type(event).__name__
        for event in events
        if not isinstance(event, Output)
    ]


class QueueContract:
    """Subclasses give a fixture `make_queue`."""

    @pytest_asyncio.fixture(loop_scope="session")
    async def busy(self, make_queue: MakeQueue, sandbox: Sandbox) -> AsyncIterator[Busy]:
        """A queue before which one run goes on, and that run."""
        queue = await make_queue(sandbox, 1)
        first = queue.start(job(ENDLESS))
        await until_printed(first.events(), "on")
        yield queue, first
        first.stop()

    async def test_who_has_a_free_place_does_not_wait(
        self, make_queue: MakeQueue, sandbox: Sandbox
    ) -> None:
        run = await result((await make_queue(sandbox, 1)).start(job("print(1)")))
        assert (told(run.events), run.stdout) == (["Started", "Finished"], "1\n")

    async def test_runs_start_in_the_order_they_came_and_hear_each_new_place(
        self, busy: Busy
    ) -> None:
        queue, first = busy
        runs = [queue.start(job(f"print({number})")) for number in range(3)]
        order: list[int] = []

        async def follow(number: int) -> list[Event]:
            events = []
            async for event in runs[number].events():
                events.append(event)
                if isinstance(event, Started):
                    order.append(number)
            return events

        following = [asyncio.create_task(follow(number)) for number in range(3)]
        first.stop()
        heard = [await each for each in following]
        assert order == [0, 1, 2]
        assert [told(events) for events in heard] == [
            [1, "Started", "Finished"],
            [2, 1, "Started", "Finished"],
            [3, 2, 1, "Started", "Finished"],
        ]
        assert [gather(events).stdout for events in heard] == ["0\n", "1\n", "2\n"]

    async def test_who_is_stopped_in_the_queue_never_starts_and_the_others_move_up(
        self, busy: Busy
    ) -> None:
        queue, first = busy
        runs = [queue.start(job(f"print({number})")) for number in range(3)]
        waits = runs[0].events()
        await until(waits, Waiting(1))
        runs[0].stop()
        runs[0].stop()
        left = [event async for event in waits]
        assert (told(left), gather(left).verdict) == (["Finished"], "stopped")
        last = runs[2].events()
        await until(last, Waiting(2))
        runs[1].stop()
        first.stop()
        rest = [event async for event in last]
        assert (told(rest), gather(rest).stdout) == ([1, "Started", "Finished"], "2\n")

    async def test_a_room_that_ran_stands_behind_those_that_wait(self, busy: Busy) -> None:
        queue, first = busy
        other = queue.start(job(ENDLESS))
        events = other.events()
        await until(events, Waiting(1))
        first.stop()
        again = queue.start(job("print('again')"))
        await until_printed(events, "on")
        repeated = again.events()
        other.stop()
        assert gather([event async for event in repeated]).stdout == "again\n"

    async def test_what_is_typed_while_it_waits_reaches_the_program(self, busy: Busy) -> None:
        queue, first = busy
        run = queue.start(job("import sys; print([*sys.stdin])", live=True))
        assert run.write_stdin("early\n")
        assert not run.write_stdin("x" * STDIN_BYTES)
        run.close_stdin()
        assert not run.write_stdin("too late\n")
        first.stop()
        assert (await result(run)).stdout == "early\n['early\\n']\n"

    async def test_without_input_nothing_can_be_typed(self, busy: Busy) -> None:
        queue, _ = busy
        run = queue.start(job("print(1)"))
        assert not run.write_stdin("x")
        run.stop()
        assert (await result(run)).verdict == "stopped"
        assert not run.write_stdin("x")

    async def test_what_cannot_run_is_refused_at_once(
        self, make_queue: MakeQueue, busy: Busy
    ) -> None:
        queue, _ = busy
        with pytest.raises(UnknownLanguage):
            queue.start(job("", "cobol", main="main.cob"))
        with pytest.raises(RunnerOff, match="turned off"):
            (await make_queue(NoRunner("It is turned off."), 1)).start(job("print(1)"))

    async def test_closing_ends_those_that_go_on_and_those_that_wait(
        self, make_queue: MakeQueue
    ) -> None:
        sandbox = Sandbox()
        await sandbox.open()
        queue = await make_queue(sandbox, 1)
        first, second = queue.start(job(ENDLESS)), queue.start(job("print(2)"))
        events = first.events()
        await until_printed(events, "on")
        await queue.close()
        assert gather([event async for event in events]).verdict == "stopped"
        assert told((await result(second)).events) == [1, "Finished"]
        with pytest.raises(RunnerOff, match="stopping"):
            queue.start(job("print(3)"))

    async def test_a_runner_that_was_turned_off_meanwhile_fails_those_that_waited(
        self, make_queue: MakeQueue
    ) -> None:
        sandbox = Sandbox()
        await sandbox.open()
        queue = await make_queue(sandbox, 1)
        first, second = queue.start(job(ENDLESS)), queue.start(job("print(2)"))
        await until_printed(first.events(), "on")
        await sandbox.close()
        ended = await result(second)
        assert (ended.verdict, ended.finished.message) == ("failed", "The server is stopping.")
