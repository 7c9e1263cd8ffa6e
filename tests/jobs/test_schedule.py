"""The schedule: tasks one after the other, each in its time, whatever becomes of one."""

from __future__ import annotations

import asyncio

import pytest

from server.errors import StorageUnavailable
from server.jobs.base import Task
from server.jobs.schedule import JITTER, Schedule
from tests.helpers.embedded import eventually


class Counting:
    """Work that counts; fails as often as it is told, and never runs beside other such work."""

    running = 0

    def __init__(self, fails: int = 0, error: type[Exception] = RuntimeError) -> None:
        self.times = 0
        self.fails = fails
        self.error = error

    async def __call__(self) -> int:
        assert Counting.running == 0, "two at once"
        Counting.running += 1
        try:
            self.times += 1
            await asyncio.sleep(0)
            if self.times <= self.fails:
                raise self.error
        finally:
            Counting.running -= 1
        return 1


def task(work: Counting, every: float = 0.01, name: str = "work") -> Task:
    return Task(name, every, "* * * * *", work)


async def stopped(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_every_task_is_done_again_and_again_one_after_the_other() -> None:
    works = [Counting(), Counting(), Counting()]
    tasks = [task(work, name=f"work{number}") for number, work in enumerate(works)]
    running = asyncio.create_task(Schedule(tasks).run())
    await eventually(lambda: all(work.times >= 5 for work in works), "all to be done")
    await stopped(running)


@pytest.mark.parametrize("error", [RuntimeError, StorageUnavailable])
async def test_one_that_fails_is_tried_again_and_holds_up_no_other(
    error: type[Exception],
) -> None:
    failing, well = Counting(fails=3, error=error), Counting()
    tasks = [task(failing, every=3600, name="failing"), task(well, name="well")]
    for each in tasks:
        assert each.figures.last_success is None
    running = asyncio.create_task(Schedule(tasks, retry_seconds=0.001).run())
    await eventually(lambda: failing.times == 4 and well.times > 10, "both to be done")
    await eventually(lambda: tasks[0].figures.runs == 1, "it to end well")
    await stopped(running)
    figures = tasks[0].figures
    assert (figures.errors, figures.done) == (3, 1)
    assert figures.last_success is not None
    assert tasks[1].figures.errors == 0


def test_waits_grow_with_failures_up_to_the_interval_and_vary() -> None:
    schedule = Schedule([], retry_seconds=5)
    slow = task(Counting(), every=60)
    waits = [schedule.wait(slow, failures) for failures in (1, 2, 3, 4, 5, 500)]
    for wait, wanted in zip(waits, [5, 10, 20, 40, 60, 60], strict=True):
        assert wanted * (1 - JITTER) <= wait <= wanted * (1 + JITTER)
    assert len({schedule.wait(slow, 0) for _ in range(10)}) > 1


async def test_it_ends_at_once_in_the_middle_of_a_task() -> None:
    begun = asyncio.Event()

    async def endless() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    endless_task = Task("endless", 0.01, "* * * * *", endless)
    running = asyncio.create_task(Schedule([endless_task]).run())
    await begun.wait()
    await stopped(running)
    assert running.cancelled()
    assert endless_task.figures.errors == 0, "being stopped is no error"
