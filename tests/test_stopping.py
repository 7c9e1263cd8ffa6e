"""Tasks are over when they were stopped, however often they have to be told."""

from __future__ import annotations

import asyncio

import pytest

from server.stopping import stop

SOON = 0.01


class Deaf:
    """Work for ever that misses the first ``misses`` times that it is cancelled."""

    def __init__(self, misses: int) -> None:
        self.left = misses
        self.cancelled = asyncio.Event()

    async def __call__(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                self.left -= 1
                if self.left < 0:
                    raise


async def started(work: Deaf) -> asyncio.Task[None]:
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    return task


async def test_a_task_that_misses_being_cancelled_is_stopped_all_the_same() -> None:
    tasks = [await started(Deaf(misses)) for misses in (0, 1, 3)]
    async with asyncio.timeout(30):
        await stop(*tasks, again=SOON)
    assert all(task.cancelled() for task in tasks)


async def test_what_a_task_ends_with_is_not_raised() -> None:
    async def broken() -> None:
        raise RuntimeError("a bug")

    task = asyncio.create_task(broken())
    await asyncio.sleep(0)
    await stop(task)
    assert isinstance(task.exception(), RuntimeError)


async def test_nothing_is_left_running_when_who_waits_is_cancelled() -> None:
    deaf = Deaf(misses=2)
    task = await started(deaf)
    stopping = asyncio.create_task(stop(task, again=SOON))
    await deaf.cancelled.wait()
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert task.done()
