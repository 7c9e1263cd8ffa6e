"""The real sandbox. Where it cannot work these tests fail and say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.runner.sandbox import Sandbox


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    runner = Sandbox(concurrent=8)
    await runner.open()
    if runner.reason is not None:
        pytest.fail(runner.reason)
    await runner.settle()
    yield runner
    await runner.close()
