"""A Redis of a module's own, and ends of the bus on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from server.bus.redis import RedisBus
from tests.helpers.redis import RedisProcess

MakeRedisBus = Callable[..., Awaitable[RedisBus]]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path).start()
    yield process
    process.kill()


@pytest.fixture
async def make_bus(redis: RedisProcess) -> AsyncIterator[MakeRedisBus]:
    made = []

    async def make(prefix: str = "test", **options: int) -> RedisBus:
        bus = RedisBus(redis.url, prefix, **options)
        made.append(bus)
        await bus.start()
        return bus

    yield make
    for bus in made:
        await bus.close()
