"""One call for all who ask at a time."""

from __future__ import annotations

import asyncio

import pytest

from server.shared import SharedCalls


class Source:
    """What is asked: every call is counted and waits until it is let go."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return number


async def asked(shared: SharedCalls[int], source: Source, times: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(shared.get("key", source)) for _ in range(times)]
    await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_at_a_time_get_the_result_of_one_call() -> None:
    shared: SharedCalls[int] = SharedCalls()
    source = Source()
    tasks = await asked(shared, source, 5)
    source.gate.set()
    assert await asyncio.gather(*tasks) == [1] * 5
    assert await shared.get("key", source) == 2, "a result was kept"


async def test_other_keys_are_other_calls() -> None:
    shared: SharedCalls[int] = SharedCalls()
    source = Source()
    source.gate.set()
    assert await asyncio.gather(*(shared.get(key, source) for key in "abc")) == [1, 2, 3]


async def test_one_who_gives_up_does_not_take_it_from_the_others() -> None:
    shared: SharedCalls[int] = SharedCalls()
    source = Source()
    impatient, patient = await asked(shared, source, 2)
    impatient.cancel()
    await asyncio.sleep(0)
    source.gate.set()
    assert await patient == 1


async def test_a_failure_is_everybody_s_and_the_next_call_is_new() -> None:
    shared: SharedCalls[int] = SharedCalls()
    source = Source()
    source.error = ValueError("no")
    tasks = await asked(shared, source, 3)
    source.gate.set()
    for task in tasks:
        with pytest.raises(ValueError, match="no"):
            await task
    source.error = None
    assert await shared.get("key", source) == 2
