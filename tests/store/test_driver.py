"""The driver's lock is there for the next one, whenever somebody who waits is cancelled."""

from __future__ import annotations

import asyncio

from pymongo._asyncio_lock import Condition, Lock
from pymongo.lock import _async_cond_wait

import server.store.database  # noqa: F401 - as whoever uses the driver does
from tests.helpers.embedded import eventually


async def test_who_is_cancelled_just_when_a_wait_is_over_leaves_the_lock_to_others() -> None:
    lock = Lock()
    condition = Condition(lock)

    async def wait() -> None:
        async with condition:
            await _async_cond_wait(condition, 0.01)

    waiting = asyncio.create_task(wait())
    await eventually(lambda: condition._waiters, "it to wait")
    await lock.acquire()
    await eventually(lambda: not condition._waiters, "the time to be over")
    waiting.cancel()  # now that it only waits for the lock
    await asyncio.sleep(0)
    lock.release()  # fails where it gave away a lock that was not its own
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    await eventually(lambda: not lock.locked(), "the lock to be free")
    assert not lock._waiters
